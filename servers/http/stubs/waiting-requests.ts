/** Programs that wait for a request. */
import { FourwireError, UsageError } from '../../../shared/errors.ts'
import { MAX_WAITING } from './limits.ts'

/** One wait: whether a request ends it, and the error if none does in time. */
export interface Wait<Request, Line, Result> {
  /** True if a request with this line can end the wait. */
  matchesLine(line: Line): boolean
  readonly timeout: number
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Returns the result if the request ends the wait. */
  accept(request: Request): Result | undefined
  createError(): Error
}

/** The suite was closed while a program waited. */
class ClosedError extends FourwireError {
  override readonly name = 'ClosedError'
  readonly exitCode = 1
}

interface Waiting<Request, Line> {
  matchesLine(line: Line): boolean
  accept(request: Request): void
  end(error: unknown): void
}

export class WaitingRequests<Request, Line> {
  readonly #waiting = new Set<Waiting<Request, Line>>()
  readonly #onChange: () => void
  #isClosed = false

  /** @param onChange called after the number of waits has changed */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Resolves with the result of the first request from now on that ends the wait. */
  wait<Result>({ matchesLine, timeout, signal, accept, createError }: Wait<Request, Line, Result>): Promise<Result> {
    if (this.#isClosed) throw new ClosedError('the suite is closed: no request can arrive')
    signal?.throwIfAborted()
    if (this.#waiting.size >= MAX_WAITING) throw new UsageError(`more than ${MAX_WAITING} programs wait for a request`)
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        this.#waiting.delete(waiting)
        this.#onChange()
      }
      const waiting: Waiting<Request, Line> = {
        matchesLine,
        accept: request => {
          const result = accept(request)
          if (result === undefined) return
          end()
          resolve(result)
        },
        end: error => {
          end()
          reject(error)
        },
      }
      const abort = () => waiting.end(signal?.reason)
      signal?.addEventListener('abort', abort)
      // Does not keep the process running.
      const timer = setTimeout(() => waiting.end(createError()), timeout).unref()
      this.#waiting.add(waiting)
      this.#onChange()
    })
  }

  /** True if a program waits for a request with this line. */
  isAwaited(line: Line): boolean {
    return [...this.#waiting].some(waiting => waiting.matchesLine(line))
  }

  /** Passes a request to all waits. */
  add(request: Request): void {
    for (const waiting of [...this.#waiting]) waiting.accept(request)
  }

  close(): void {
    this.#isClosed = true
    for (const waiting of [...this.#waiting]) {
      waiting.end(new ClosedError('the suite was closed while a program waited for a request'))
    }
  }
}
