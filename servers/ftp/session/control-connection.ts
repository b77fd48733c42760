/** The control connection of a session: command lines in, replies out, the time without either, and the change to TLS. */
import type { Socket } from 'node:net'
import { errorText } from '../../../shared/errors.ts'
import type { StreamConnection } from '../../../shared/net/stream-server.ts'
import { ControlTrace, type ReceivedLine } from './control-trace.ts'
import { LineReader } from './lines.ts'
import { HANDSHAKE_TIMEOUT_MS, type SessionTls } from './session-tls.ts'
import { waitForDrain } from './wait-for-drain.ts'
import { type SentReply, writeReply } from './write-reply.ts'

/** What the session does with the events of its control connection. */
export interface ControlListener {
  /** Takes the lines that one packet completes. */
  onLines(lines: readonly ReceivedLine[]): void
  /** The client has ended its side: it sends no more commands, but may still read replies. */
  onInputEnd(): void
  onIdle(): void
}

export class ControlConnection {
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
  readonly #connection: StreamConnection
  readonly #idleTimeout: number
  /** The TLS socket, after the handshake. */
  #socket: Socket
  #listener: ControlListener | undefined
  #stopListening: () => void = () => {}
  #reader = new LineReader()
  /** The number of lines that were received. */
  #count = 0
  readonly #trace: ControlTrace
  #isEnding = false

  constructor(connection: StreamConnection, idleTimeout: number) {
    this.#connection = connection
    this.#idleTimeout = idleTimeout
    this.#socket = connection.socket
    this.#trace = new ControlTrace(connection.conversation)
    this.closed = new Promise(resolve => connection.socket.once('close', () => resolve()))
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

  /** True while the client does not read the replies. */
  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** Starts to read, and to measure the time without bytes. */
  start(listener: ControlListener): void {
    this.#listener = listener
    this.#listen()
  }

  /**
   * Changes to TLS. Drops what was received in clear and not read as a line, because it need not be from the client (CVE-2011-0411).
   *
   * @param reply sent in clear, before the handshake
   * @throws HandshakeError if the handshake fails; the connection is closed then
   */
  async startTls(tls: SessionTls, reply?: SentReply): Promise<void> {
    const { conversation } = this.#connection
    const plain = this.#socket
    // With TLS, more than Node's default of ten parts wait for the close of the TCP socket.
    plain.setMaxListeners(20)
    this.#stopReading(plain)
    if (reply) await this.#sendBeforeTls(plain, reply)
    const timeout = Math.min(this.#idleTimeout, HANDSHAKE_TIMEOUT_MS)
    try {
      await tls.secure(plain, { timeout, onSecure: secure => this.#continueOn(secure) })
    } catch (error) {
      conversation.emitError(`TLS handshake failed: ${errorText(error)}`)
      throw error
    }
  }

  /** Sends a reply, unless the last one has been sent. */
  send(reply: SentReply): void {
    if (!this.#isEnding && this.#socket.writable) writeReply(this.#socket, this.#trace, reply)
  }

  /** Sends the last reply, then closes the connection. */
  sendLast(reply: SentReply): void {
    this.send(reply)
    this.#isEnding = true
    this.#socket.destroySoon()
  }

  /** Waits for a client that sends commands without reading the replies. */
  async drain(): Promise<void> {
    if (this.needsDrain) await waitForDrain(this.#socket)
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

  #listen(): void {
    const { guard } = this.#connection
    const listener = this.#listener
    if (!listener) return
    const socket = this.#socket
    const onTimeout = () => guard.run(() => listener.onIdle())
    const onData = (bytes: Buffer) => guard.run(() => listener.onLines(this.#read(bytes)))
    const onEnd = () => {
      this.#traceIncomplete()
      guard.run(() => listener.onInputEnd())
    }
    const onClose = () => this.#traceIncomplete()
    socket.setTimeout(this.#idleTimeout).on('timeout', onTimeout).on('data', onData).on('end', onEnd)
    // Before the trace emits that the connection is closed.
    socket.prependListener('close', onClose)
    this.#stopListening = () =>
      socket.off('timeout', onTimeout).off('data', onData).off('end', onEnd).off('close', onClose)
  }

  #read(bytes: Uint8Array): ReceivedLine[] {
    const trace = this.#trace
    const received: ReceivedLine[] = []
    trace.received(bytes)
    this.#reader.push(bytes, (line, wire) => {
      const exchange = ++this.#count
      if (trace.isActive) trace.command(exchange, wire, line)
      received.push({ line, exchange })
    })
    return received
  }

  /** The client has ended its side, or the connection, within a line. */
  #traceIncomplete(): void {
    const wire = this.#reader.takeIncomplete()
    if (wire && this.#trace.isActive) this.#trace.command(this.#count + 1, wire)
  }

  #stopReading(plain: Socket): void {
    this.#stopListening()
    plain.setTimeout(0).pause()
    // What is in the buffer of the socket was received in clear, too.
    while (plain.readableLength > 0) this.#read(plain.read())
    this.#reader = new LineReader()
  }

  /** Resolves when the reply is sent: the bytes after it are those of the handshake. */
  async #sendBeforeTls(plain: Socket, reply: SentReply): Promise<void> {
    const sent = new Promise<void>(resolve => writeReply(plain, this.#trace, reply, resolve))
    this.#connection.conversation.pause()
    await sent
  }

  #continueOn(secure: Socket): void {
    const { conversation } = this.#connection
    this.#socket = secure
    // The close of the TCP socket ends the session; an error without a listener would end the process.
    secure.on('error', error => conversation.emitError(errorText(error)))
    conversation.continueOn(secure)
    this.#listen()
  }
}
