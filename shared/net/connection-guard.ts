import type { Socket } from 'node:net'
import type { Log } from '../log.ts'
import { peerAddress } from './address.ts'

/**
 * Limits a defect to one connection. An exception in a socket's callback would end the whole process; the guard logs it
 * with its stack and destroys only that connection.
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

  /** Runs the work synchronously. */
  run(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.end(error)
    }
  }

  /** Adds a listener to the socket that runs under guard. */
  on<Args extends readonly unknown[]>(event: string, handler: (...args: Args) => void): void {
    this.#socket.on(event, (...args: unknown[]) => this.run(() => handler(...(args as unknown as Args))))
  }

  /** Ends the connection because of a defect that was caught elsewhere, for example a rejected promise. */
  end(error: unknown): void {
    this.#socket.destroy()
    this.#log.error({ client: this.#client, err: error }, `${this.#service}: a defect ended a connection`)
  }
}
