/** Waits of endpoints, which end early when the server closes or the client disconnects. */
import type { RequestLifetime } from '../request/request.ts'
import type { StreamedBody } from '../response/response.ts'

/** The positions of the items that are due: from `first`, up to but without `end`. */
export interface DueItems {
  readonly first: number
  readonly end: number
}

export class Waits {
  readonly #pending = new Set<() => void>()
  #isClosed = false

  /** Ends all waits, and those that start later at once. */
  close(): void {
    this.#isClosed = true
    for (const end of this.#pending) end()
  }

  /** Resolves after this time, or earlier if the signal is aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (milliseconds <= 0 || this.#isClosed || signal?.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        this.#pending.delete(end)
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      signal?.addEventListener('abort', end)
      this.#pending.add(end)
    })
  }

  /** Resolves after this time, or earlier if the client has disconnected: its request must not occupy the server any longer. */
  async waitBefore(milliseconds: number, lifetime: RequestLifetime | undefined): Promise<void> {
    const disconnected = new AbortController()
    lifetime?.onDisconnect(() => disconnected.abort())
    await this.wait(milliseconds, disconnected.signal)
  }

  /**
   * Spreads items over a duration: the first is due at once, the last at the end. Items that are due together, because the
   * time between them is shorter than a timer or the client reads slowly, are yielded together. All are due if the signal is
   * aborted: a client that has only ended its own side still gets the whole body.
   */
  async *pace(count: number, duration: number, signal: AbortSignal): AsyncGenerator<DueItems> {
    const pause = pauseBetween(count, duration)
    const start = performance.now()
    for (let first = 0; first < count; ) {
      await this.wait(start + first * pause - performance.now(), signal)
      const elapsed = pause === 0 ? 0 : Math.floor((performance.now() - start) / pause)
      const isAllDue = pause === 0 || this.#isClosed || signal.aborted
      const end = isAllDue ? count : Math.min(count, Math.max(elapsed, first) + 1)
      yield { first, end }
      first = end
    }
  }
}

/** Returns the milliseconds between two items. There is no pause after the last one. */
export function pauseBetween(count: number, duration: number): number {
  return count > 1 ? duration / (count - 1) : 0
}

/** Streams what `generate` yields; its signal is aborted when the client disconnects. */
export function streamedBody(generate: (signal: AbortSignal) => AsyncIterable<Uint8Array>): StreamedBody {
  const ended = new AbortController()
  return {
    chunks: () => generate(ended.signal),
    cancel: () => ended.abort(),
    close: async () => ended.abort(),
  }
}
