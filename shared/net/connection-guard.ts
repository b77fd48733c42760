import type { Socket } from 'node:net'
import type { Log } from '../log.ts'
import { peerAddress } from './address.ts'

/**
 * Keeps a defect to the connection it was met on. What a handler of ours throws in a callback of a socket would end the
 * whole process; under guard it is logged with its stack, and ends that connection.
 */
export class ConnectionGuard {
  readonly #socket: Socket
  readonly #log: Log
  readonly #service: string
  readonly #client: string

  constructor(socket: Socket, log: Log, service: string) {
    this.#socket = socket
    this.#log = log
    this.#service = service
    this.#client = peerAddress(socket)
  }

  /** Does the work, now. */
  run(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.end(error)
    }
  }

  /** Calls back at every such event of the socket. */
  on<Args extends readonly unknown[]>(event: string, handler: (...args: Args) => void): void {
    this.#socket.on(event, (...args: unknown[]) => this.run(() => handler(...(args as unknown as Args))))
  }

  /** For a defect that was met elsewhere, as by a promise. */
  end(error: unknown): void {
    this.#socket.destroy()
    this.#log.error({ client: this.#client, err: error }, `${this.#service}: a defect ended a connection`)
  }
}
