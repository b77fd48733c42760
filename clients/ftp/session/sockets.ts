/** The sockets of one session: its control connection and its data connections. Traces them and closes them. */
import type { Socket } from 'node:net'
import { ftpDataDissector } from '../../../shared/trace/dissectors/ftp/data.ts'
import { ftpDissector } from '../../../shared/trace/dissectors/ftp.ts'
import type { Trace } from '../../../shared/trace/trace.ts'

export const CONTROL_TRACE = { protocol: 'ftp', dissector: ftpDissector } as const
const DATA_TRACE = {
  protocol: 'ftp',
  side: 'client',
  dissector: () => ftpDataDissector(() => performance.now()),
} as const

export class SessionSockets {
  readonly #trace: Trace | undefined
  /** The promises resolve with the `close` event; `socket.closed` is true before its listeners have been called. */
  readonly #open = new Map<Socket, Promise<void>>()
  #control: ReturnType<Trace['conversationOf']>

  constructor(trace: Trace | undefined) {
    this.#trace = trace
  }

  /** Adds a socket to those that `close` closes. */
  add(socket: Socket): void {
    const closed = new Promise<void>(resolve => {
      socket.once('close', () => {
        this.#open.delete(socket)
        resolve()
      })
    })
    this.#open.set(socket, closed)
  }

  /** Adds the control connection, which the trace follows already. */
  addControl(socket: Socket): void {
    this.add(socket)
    this.#control = this.#trace?.conversationOf(socket)
  }

  /** The trace of the control connection. */
  get control(): ReturnType<Trace['conversationOf']> {
    return this.#control
  }

  /** Traces a data connection as a part of the conversation of the control connection. */
  followData(socket: Socket): void {
    if (this.#control) this.#trace?.followData(socket, DATA_TRACE, this.#control)
  }

  /** Destroys all sockets, with `error` if given, and resolves when they are closed. */
  async close(error?: Error): Promise<void> {
    const closing = [...this.#open]
    for (const [socket] of closing) {
      // Without a listener the error would end the process.
      socket.on('error', () => {})
      socket.destroy(error)
    }
    await Promise.all(closing.map(([, closed]) => closed))
  }
}
