/**
 * One HTTP/1.1 connection (RFC 9112): parses a request, has it answered, then the next one. Requests are handled one at a time,
 * so that responses keep their order; the bytes of pipelined requests wait, within a bound. A client that pipelines many
 * requests does not block the others: the connection yields to them.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionHandler, StreamConnection } from '../../../shared/net/stream-server.ts'
import { replayStream } from '../http2/prior-knowledge.ts'
import * as limits from '../limits.ts'
import { textResponse } from '../response/response.ts'
import type { Http1Core } from './core.ts'
import { Exchange, type ExchangeOwner } from './exchange.ts'
import { bodyFraming } from './framing.ts'
import { HeadReader } from './head-reader.ts'
import type { Http1Body } from './http1-body.ts'
import { lingeringClose } from './lingering-close.ts'
import { MalformedRequest } from './malformed-request.ts'
import { parseHead } from './parse-head.ts'
import { startsWithPreface } from './preface.ts'
import { StallTimer } from './stall-timer.ts'
import { MAX_METHOD_BYTES, methodOf } from './take-head.ts'

const NO_BYTES = Buffer.alloc(0)

export class Http1Connection implements ConnectionHandler, ExchangeOwner {
  readonly streamConnection: StreamConnection
  readonly #socket: Socket
  readonly #core: Http1Core
  readonly #heads: HeadReader
  readonly #stallTimer: StallTimer
  /** Bytes that were received and not yet parsed. */
  #input: Buffer = NO_BYTES
  #exchange: Exchange | undefined
  /** True while the body of the exchange takes the input. */
  #isReadingBody = false
  /** True while the rest of a body is discarded after the response. */
  #isDraining = false
  /** True while the input is handled: an exchange that ends meanwhile does not start the next one itself. */
  #isHandling = false
  #isClosing = false
  #hasEnded = false
  /** Handles the connection after it was handed over to another protocol, or while it closes. */
  #successor: ConnectionHandler | undefined
  #idleSince: number
  #sliceEnd = 0

  constructor(connection: StreamConnection, core: Http1Core) {
    this.streamConnection = connection
    this.#socket = connection.socket
    this.#core = core
    this.#heads = new HeadReader(connection.conversation, core)
    this.#idleSince = core.now()
    const { guard } = connection
    guard.on('data', (bytes: Buffer) => this.#onData(bytes))
    guard.on('end', () => this.#onEnd())
    guard.on('drain', () => this.#continue())
    guard.on('close', () => this.#exchange?.onClose())
    this.#stallTimer = new StallTimer(connection.socket, core.stallTimeout)
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  get hasInput(): boolean {
    return this.#input.length > 0
  }

  /** When the connection became idle; undefined while it handles a request. A part of a head does not count. */
  get idleSince(): number | undefined {
    if (this.#successor) return this.#successor.idleSince
    return this.#exchange ? undefined : this.#idleSince
  }

  finish(): void {
    if (this.#successor) return void this.#successor.finish?.()
    this.#isClosing = true
    if (!this.#exchange) this.#socket.destroySoon()
  }

  /** Ends the connection if the time for its next request is over. */
  checkDeadline(now: number): void {
    if (this.#successor || !this.#heads.hasJustTimedOut(now)) return
    if (!this.#heads.isIncomplete) return void this.#socket.destroySoon()
    this.streamConnection.guard.run(() => this.#refuse(this.#heads.failLate()))
  }

  readBody(): void {
    const exchange = this.#exchange
    if (!exchange?.body) return
    this.#isReadingBody = !exchange.body.isComplete
    this.#feed(exchange, exchange.body)
    // The body has room, even if it still counts what its reader is about to take.
    this.#socket.resume()
  }

  endExchange(exchange: Exchange): void {
    const { body, keepAlive } = exchange
    if (!keepAlive || this.#isClosing) {
      this.#close()
    } else if (body && !body.isComplete) {
      body.discard()
      this.#isDraining = true
      this.#heads.waitUntil(this.#core.now() + this.#core.bodyTimeout)
      this.readBody()
    } else {
      this.#startNext()
    }
  }

  handOver(run: (socket: Duplex, head: Uint8Array) => void): void {
    const input = this.#release()
    this.#stallTimer.stop()
    this.#successor = { finish: () => this.#socket.end() }
    run(this.#socket, input)
  }

  #onData(bytes: Buffer): void {
    if (this.#successor) return
    this.#heads.onBytes()
    this.#input = this.#input.length === 0 ? bytes : Buffer.concat([this.#input, bytes])
    const exchange = this.#exchange
    if (!exchange) this.#continue()
    else if (exchange.body && this.#isReadingBody) this.#feed(exchange, exchange.body)
    else if (this.#input.length > limits.MAX_WAITING_BYTES) this.#socket.pause()
  }

  /** The client has ended its side. It still gets the responses to its complete requests. */
  #onEnd(): void {
    this.#hasEnded = true
    if (this.#successor) return
    // The rest of the body that is discarded will not arrive.
    if (this.#isDraining) this.#close()
    else if (this.#exchange) this.#exchange.onEnd()
    else this.#continue()
  }

  /** Handles the requests that have arrived, until one takes time, the client reads too slowly, or the time slice is over. */
  #continue(): void {
    if (this.#exchange || this.#successor || this.#isHandling) return
    this.#sliceEnd = this.#core.now() + limits.TIME_SLICE_MS
    this.#isHandling = true
    try {
      while (this.#handleNext()) {
        if (this.#input.length === 0 || this.#core.now() < this.#sliceEnd) continue
        setImmediate(() => this.streamConnection.guard.run(() => this.#continue()))
        return
      }
    } finally {
      this.#isHandling = false
    }
    // What is left of the input is a part of a request.
    if (this.#hasEnded && !this.#exchange && !this.#socket.writableNeedDrain) this.#socket.end()
  }

  /** Handles the next request. Returns true if its response was written. */
  #handleNext(): boolean {
    // A client must read its responses before it gets more of them.
    if (this.#input.length === 0 || this.#socket.writableNeedDrain || this.#socket.destroyed) return false
    let text: string | undefined
    try {
      if (this.#heads.isFirst && startsWithPreface(this.#input) !== 'no') return this.#tryHttp2()
      text = this.#takeHead()
      if (text === undefined) return false
      const head = parseHead(text)
      const exchange = new Exchange({ head, framing: bodyFraming(head), trace: this.#heads.trace }, this, this.#core)
      this.#exchange = exchange
      exchange.start()
      return this.#exchange === undefined
    } catch (error) {
      if (!(error instanceof MalformedRequest)) throw error
      this.#refuse(error, text)
      return false
    }
  }

  /** Returns the next head as latin1; undefined if it is incomplete. */
  #takeHead(): string | undefined {
    const head = this.#heads.next(this.#input)
    if (head) this.#input = head.end === this.#input.length ? NO_BYTES : this.#input.subarray(head.end)
    return head?.text
  }

  /** Hands the connection over to HTTP/2 when the whole preface has arrived. */
  #tryHttp2(): false {
    if (startsWithPreface(this.#input) === 'yes') {
      this.streamConnection.conversation.emitState('HTTP/2 from here on')
      this.#stallTimer.stop()
      const stream = replayStream(this.#release(), this.#socket)
      this.#successor = this.#core.acceptHttp2(this.streamConnection, stream)
    }
    return false
  }

  /** Stops handling the connection; returns the bytes that were not parsed. */
  #release(): Buffer {
    const input = this.#input
    this.#input = NO_BYTES
    this.#exchange = undefined
    this.#socket.removeAllListeners('data')
    return input
  }

  /** Passes input to the body. */
  #feed(exchange: Exchange, body: Http1Body): void {
    const input = this.#input
    this.#input = NO_BYTES
    try {
      const taken = body.push(input)
      if (taken < input.length) this.#input = input.subarray(taken)
    } catch (error) {
      if (!(error instanceof MalformedRequest)) throw error
      if (this.#isDraining) this.#close()
      else exchange.onMalformedBody(error)
      return
    }
    if (body.isComplete) this.#isReadingBody = false
    else if (body.isFull) this.#socket.pause()
    if (this.#hasEnded) exchange.onBodyEnd()
    if (!this.#isDraining) exchange.onBodyProgress()
    else if (body.isComplete) this.#startNext()
    else if (this.#hasEnded) this.#close()
  }

  #startNext(): void {
    this.#exchange = undefined
    this.#isReadingBody = false
    this.#isDraining = false
    this.#idleSince = this.#core.now()
    this.#heads.waitUntil(this.#idleSince + limits.KEEP_ALIVE_TIMEOUT_MS)
    if (this.#socket.isPaused()) this.#socket.resume()
    // Otherwise the loop that started the exchange continues.
    if (!this.#isHandling) this.#continue()
  }

  /** Sends the response to bytes that are not a valid request, and closes: the start of the next request is unknown. */
  #refuse({ status, message }: MalformedRequest, start = this.#input.toString('latin1', 0, MAX_METHOD_BYTES)): void {
    const request = { method: methodOf(start), isHttp11: true, keepAlive: false, trace: this.#heads.trace }
    this.#core.writer.write(this.#socket, request, textResponse(status, message))
    this.#close()
  }

  #close(): void {
    this.#release()
    this.#successor = {}
    lingeringClose(this.#socket)
  }
}
