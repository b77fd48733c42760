/** One request of an HTTP/1.1 connection and its response. */
import type { Duplex } from 'node:stream'
import type { StreamConnection } from '../../../shared/net/stream-server.ts'
import { isOverTls, type Request, type RequestLifetime } from '../request/request.ts'
import { validateRequest } from '../request/validate-request.ts'
import { closeBody, type Response, textResponse } from '../response/response.ts'
import type { Http1Core } from './core.ts'
import type { ExchangeTrace } from './exchange-trace.ts'
import type { BodyFraming } from './framing.ts'
import { Http1Body, NO_BODY } from './http1-body.ts'
import { requiresClose, wantsKeepAlive } from './keep-alive.ts'
import type { MalformedRequest } from './malformed-request.ts'
import type { RequestHead } from './parse-head.ts'
import { InvalidResponse } from './serialize.ts'
import { needsCheck, UnreadBodyCheck } from './unread-body-check.ts'

/** The connection, as its exchange uses it. */
export interface ExchangeOwner {
  readonly streamConnection: StreamConnection
  readonly isClosing: boolean
  /** True if bytes were received that were not parsed. */
  readonly hasInput: boolean
  /** Passes the bytes of the body to it, now and as they arrive. */
  readBody(): void
  /** The response is complete, or cannot be sent. */
  endExchange(exchange: Exchange): void
  /** Hands the connection over; `run` gets the bytes after the request. */
  handOver(run: (socket: Duplex, head: Uint8Array) => void): void
}

/** A request whose head has arrived. */
export interface ParsedRequest {
  readonly head: RequestHead
  readonly framing: BodyFraming
  readonly trace: ExchangeTrace | undefined
}

/** RFC 9110, section 15.2.1. */
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

export class Exchange implements RequestLifetime {
  readonly method: string
  readonly isHttp11: boolean
  /** Undefined if the request has no body. */
  readonly body: Http1Body | undefined
  /** Undefined while there is no listener. */
  readonly trace: ExchangeTrace | undefined
  readonly #head: RequestHead
  readonly #owner: ExchangeOwner
  readonly #core: Http1Core
  #keepAlive: boolean
  #onDisconnect: (() => void) | undefined
  /** Resolves when a streamed body was written, or failed. */
  #writing: Promise<void> | undefined
  /** Undefined if the rest of the body was not checked. */
  #bodyCheck: UnreadBodyCheck | undefined

  constructor({ head, framing, trace }: ParsedRequest, owner: ExchangeOwner, core: Http1Core) {
    this.method = head.method
    this.isHttp11 = head.minorVersion === 1
    this.#head = head
    this.trace = trace
    this.#owner = owner
    this.#core = core
    this.#keepAlive = wantsKeepAlive(head)
    this.body =
      framing.kind === 'none'
        ? undefined
        : new Http1Body(head, framing, this.#bodySource(), { timeout: core.bodyTimeout, trace })
  }

  /** True if the connection stays open after the response (RFC 9112, section 9.3). */
  get keepAlive(): boolean {
    return this.#keepAlive
  }

  /** Validates the request and gets its response: synchronously if possible, because a promise costs as much as a small response. */
  start(): void {
    const { target, headers } = this.#head
    const invalid = validateRequest({
      target,
      isHttp11: this.isHttp11,
      isSecure: this.#core.isBehindProxy || isOverTls(this.#owner.streamConnection.socket),
      host: headers.host,
      expect: headers.expect,
    })
    if (invalid) {
      this.#keepAlive = false
      this.#respond(invalid)
    } else {
      this.#handle(this.#request())
    }
  }

  /** The statements that a handler sends to the database have this conversation as their cause. */
  #handle(request: Request): void {
    const { conversation } = this.#owner.streamConnection
    const hasCause = this.trace && this.#core.mayUseStore(request)
    if (hasCause) void conversation.runAsCause(() => this.#callHandler(request))
    else void this.#callHandler(request)
  }

  /** Bytes of the body have arrived, or its end. */
  onBodyProgress(): void {
    this.#bodyCheck?.onProgress()
  }

  /** The body that no handler reads is malformed. */
  onMalformedBody(error: MalformedRequest): void {
    this.#keepAlive = false
    this.#bodyCheck?.onMalformed(error)
  }

  onDisconnect(listener: () => void): void {
    const { socket } = this.#owner.streamConnection
    if (socket.readableEnded || socket.destroyed) listener()
    else this.#onDisconnect = listener
  }

  /** The client has ended its side. */
  onEnd(): void {
    this.#onDisconnect?.()
    // Otherwise the rest of the body can be in the input.
    if (!this.#owner.hasInput) this.onBodyEnd()
  }

  /** No more bytes of the body will arrive. */
  onBodyEnd(): void {
    this.body?.endEarly()
    this.#bodyCheck?.end()
  }

  /** The client has disconnected. */
  onClose(): void {
    this.#onDisconnect?.()
    this.body?.disconnect()
    this.#bodyCheck?.end()
  }

  #request(): Request {
    const { method, target, headers } = this.#head
    const { peer: client, socket } = this.#owner.streamConnection
    return { method, target, headers, client, isSecure: isOverTls(socket), body: this.body ?? NO_BODY, lifetime: this }
  }

  /** The promise resolves when the response is written, or cannot be; undefined if that is the case already. */
  #callHandler(request: Request): Promise<void> | undefined {
    try {
      const response = this.#core.respond(request)
      if (response instanceof Promise) return this.#awaitResponse(response)
      this.#respond(response)
    } catch (error) {
      this.#fail(error)
    }
    return this.#writing
  }

  #awaitResponse(response: Promise<Response>): Promise<void> {
    const { guard } = this.#owner.streamConnection
    return response
      .then(
        value => guard.run(() => this.#respond(value)),
        error => guard.run(() => this.#fail(error)),
      )
      .then(() => this.#writing)
  }

  #respond(response: Response): void {
    const { streamConnection, isClosing } = this.#owner
    if (response.abort) streamConnection.socket.destroy()
    if (streamConnection.socket.destroyed) return void closeBody(response)
    if (response.upgrade && this.isHttp11 && this.method === 'GET' && !this.body) {
      if (this.trace) streamConnection.conversation.emitState(`upgraded to ${this.#head.headers.upgrade}`)
      this.#owner.handOver(response.upgrade.bind(response))
    } else if (this.body && !this.#bodyCheck && needsCheck(this.body)) {
      this.#checkBody(this.body, response)
    } else {
      if (isClosing || requiresClose(this.body, response)) this.#keepAlive = false
      this.#write(response)
    }
  }

  #checkBody(body: Http1Body, response: Response): void {
    const { guard } = this.#owner.streamConnection
    this.#bodyCheck = new UnreadBodyCheck(body, response, guard, checked => this.#respond(checked))
    this.#owner.readBody()
  }

  #write(response: Response): void {
    const { guard } = this.#owner.streamConnection
    const written = this.#tryWrite(response)
    if (written === 'invalid') return
    if (!written) return void this.#owner.endExchange(this)
    this.#writing = written.then(
      isDelimited => guard.run(() => this.#endAfterStream(isDelimited)),
      error => this.#onWriteError(error),
    )
  }

  /** Responds with 500 if a handler created an invalid response. Any other error ends the connection. */
  #tryWrite(response: Response): Promise<boolean> | 'invalid' | undefined {
    try {
      return this.#core.writer.write(this.#owner.streamConnection.socket, this, response)
    } catch (error) {
      void closeBody(response)
      if (!(error instanceof InvalidResponse)) throw error
      this.#fail(error)
      return 'invalid'
    }
  }

  #endAfterStream(isDelimited: boolean): void {
    if (!isDelimited) this.#keepAlive = false
    this.#owner.endExchange(this)
  }

  /** The body of the response ended early, so that the client must see that it is incomplete. */
  #onWriteError(error: unknown): void {
    const { socket } = this.#owner.streamConnection
    if (!socket.destroyed) this.#core.reportFailure(error, this.#head.target)
    socket.destroy()
  }

  /** A handler threw. */
  #fail(error: unknown): void {
    const { socket } = this.#owner.streamConnection
    if (socket.destroyed) return
    this.#core.reportFailure(error, this.#head.target)
    this.#write(textResponse(500, 'The server failed; its log says why.'))
  }

  #bodySource() {
    const owner = this.#owner
    return {
      readMore: () => owner.readBody(),
      hasInput: () => owner.hasInput,
      sendContinue: () => {
        this.trace?.head('response', CONTINUE)
        owner.streamConnection.socket.write(CONTINUE)
      },
    }
  }
}
