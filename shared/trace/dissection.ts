/** Passes the bytes of one connection to its dissector, and the results on. Pure. */
import { errorText } from '../errors.ts'
import type { Direction, Dissected, Dissector } from './dissector.ts'

/** Receives the results. */
interface Receiver {
  emitDissected(dissected: Dissected): void
  emitError(summary: string): void
}

export class Dissection {
  #dissector: Dissector | undefined
  readonly #receiver: Receiver
  readonly #ended = new Set<Direction>()

  constructor(dissector: Dissector, receiver: Receiver) {
    this.#dissector = dissector
    this.#receiver = receiver
  }

  /** The exchange whose content a data connection transfers. */
  get transferExchange(): number {
    return this.#dissector?.transferExchange ?? 0
  }

  /** The following bytes are those within TLS. */
  startTls(): void {
    this.#dissector?.startTls?.()
  }

  push(direction: Direction, bytes: Uint8Array): void {
    this.#run(dissector => dissector.push(direction, bytes))
  }

  /** Ends a direction, if it has not ended. */
  end(direction: Direction): void {
    if (this.#ended.has(direction)) return
    this.#ended.add(direction)
    this.#run(dissector => dissector.end(direction))
  }

  /** A dissector runs within the program's own reads and writes, so an exception in it must end only the dissection. */
  #run(dissect: (dissector: Dissector) => readonly Dissected[]): void {
    try {
      if (this.#dissector) for (const dissected of dissect(this.#dissector)) this.#receiver.emitDissected(dissected)
    } catch (error) {
      this.#dissector = undefined
      this.#receiver.emitError(`the dissector failed: ${errorText(error)}`)
    }
  }
}
