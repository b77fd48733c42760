/** The control connection of a session: command lines in, replies out, and the time without either. */
import type { Socket } from 'node:net'
import type { StreamConnection } from '../../../shared/net/stream-server.ts'
import { type Line, LineReader } from './lines.ts'
import { formatReply } from './replies.ts'
import { waitForDrain } from './wait-for-drain.ts'

/** What the session does with the events of its control connection. */
export interface ControlListener {
  /** Takes the lines that one packet completes. */
  onLines(lines: readonly Line[]): void
  /** The client has ended its side: it sends no more commands, but may still read replies. */
  onInputEnd(): void
  onIdle(): void
}

export class ControlConnection {
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
  readonly #connection: StreamConnection
  readonly #socket: Socket
  readonly #reader = new LineReader()
  #isEnding = false

  constructor(connection: StreamConnection) {
    this.#connection = connection
    this.#socket = connection.socket
    this.closed = new Promise(resolve => this.#socket.once('close', () => resolve()))
  }

  get socket(): Socket {
    return this.#socket
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  /** True after the last reply. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  /** Starts to read, and to measure the time without bytes. */
  start(listener: ControlListener, idleTimeout: number): void {
    const { guard } = this.#connection
    this.#socket.setTimeout(idleTimeout)
    guard.on('timeout', () => listener.onIdle())
    guard.on('data', (bytes: Buffer) => listener.onLines(this.#reader.push(bytes)))
    guard.on('end', () => listener.onInputEnd())
  }

  /** Sends a reply, unless the last one has been sent. */
  send(code: number, lines: readonly string[]): void {
    if (!this.#isEnding && this.#socket.writable) this.#socket.write(formatReply(code, lines))
  }

  /** Sends the last reply, then closes the connection. */
  sendLast(code: number, text: string): void {
    this.send(code, [text])
    this.#isEnding = true
    this.#socket.destroySoon()
  }

  /** Waits for a client that sends commands without reading the replies. */
  async drain(): Promise<void> {
    if (this.#socket.writableNeedDrain) await waitForDrain(this.#socket)
  }

  /** Stops reading, so that the client cannot fill the queue of commands. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends the server's side, after the replies that were sent. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
