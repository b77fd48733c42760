/** Writes responses to the socket of an HTTP/1.1 connection. */
import type { Socket } from 'node:net'
import { KEEP_ALIVE_TIMEOUT_MS } from '../limits.ts'
import { isStreamed, type Response, type StreamedBody } from '../response/response.ts'
import { writeBody } from '../response/write-body.ts'
import type { HttpDate } from './current-date.ts'
import type { ExchangeTrace } from './exchange-trace.ts'
import { fieldOf, type ResponseFraming, responseFraming, serializeHead, serializeLastChunk } from './serialize.ts'

/** The request to which a response is written. */
export interface AnsweredRequest {
  readonly method: string
  readonly isHttp11: boolean
  /** True if the connection stays open after the response. */
  readonly keepAlive: boolean
  /** Undefined while there is no listener. */
  readonly trace?: ExchangeTrace | undefined
}

/** Up to this size, head and body are copied into one buffer; larger bodies are passed to the system as they are. */
const MAX_COPIED_BYTES = 64 * 1024
const KEEP_ALIVE_SECONDS = KEEP_ALIVE_TIMEOUT_MS / 1000

/** The bytes of a shared response, for as long as its Date is correct. */
interface SerializedResponse {
  readonly date: string
  readonly head: string
  readonly bytes: Buffer
}

interface StreamedResponse {
  readonly body: StreamedBody
  readonly framing: ResponseFraming
  readonly response: Response
  readonly trace: ExchangeTrace | undefined
}

export class ResponseWriter {
  readonly #date: HttpDate
  readonly #serialized = new WeakMap<Response, SerializedResponse>()

  constructor(date: HttpDate) {
    this.#date = date
  }

  /**
   * Writes a response. Returns a promise for a streamed body; it resolves with false if the connection must close, because
   * only that ends the body.
   */
  write(socket: Socket, request: AnsweredRequest, response: Response): Promise<boolean> | undefined {
    if (response.shared && request.keepAlive && request.method === 'GET' && request.isHttp11) {
      this.#writeShared(socket, request, response)
      return undefined
    }
    const framing = responseFraming(response, request.method, request.isHttp11)
    const head = this.#head(request, response, framing)
    const { body } = response
    request.trace?.head('response', head)
    if (isStreamed(body)) return this.#writeStream(socket, head, { body, framing, response, trace: request.trace })
    const hasContent = body !== undefined && framing !== 'none' && request.method !== 'HEAD'
    if (hasContent) {
      const content = typeof body === 'string' ? Buffer.from(body) : body
      request.trace?.responseBody(content, fieldOf(response, 'content-type'))
      writeTogether(socket, head, content)
    } else {
      socket.write(head, 'latin1')
    }
    return undefined
  }

  /** Writes a response that many requests get: its bytes are the same until the Date changes. */
  #writeShared(socket: Socket, request: AnsweredRequest, response: Response): void {
    const date = this.#date.now()
    const body = response.body as Uint8Array | undefined
    let serialized = this.#serialized.get(response)
    if (serialized?.date !== date) {
      const head = this.#head(request, response, responseFraming(response, 'GET', true))
      const isSmall = body === undefined || body.length <= MAX_COPIED_BYTES
      serialized = { date, head, bytes: isSmall ? join(head, body) : Buffer.from(head, 'latin1') }
      this.#serialized.set(response, serialized)
    }
    if (request.trace) {
      request.trace.head('response', serialized.head)
      if (body) request.trace.responseBody(body, fieldOf(response, 'content-type'))
    }
    if (body === undefined || body.length <= MAX_COPIED_BYTES) {
      socket.write(serialized.bytes)
      return
    }
    socket.cork()
    socket.write(serialized.bytes)
    socket.write(body)
    socket.uncork()
  }

  #head({ keepAlive }: AnsweredRequest, response: Response, framing: ResponseFraming): string {
    const seconds = keepAlive && framing !== 'until-close' ? KEEP_ALIVE_SECONDS : undefined
    return serializeHead(response, { date: this.#date.now(), keepAlive: seconds, framing })
  }

  async #writeStream(
    socket: Socket,
    head: string,
    { body, framing, response, trace }: StreamedResponse,
  ): Promise<boolean> {
    const cancel = () => body.cancel?.()
    socket.once('close', cancel)
    // A client that has ended its side still gets a body that ends, but none that has no end.
    socket.once('end', cancel)
    let isComplete = false
    if (socket.readableEnded) cancel()
    try {
      socket.write(head, 'latin1')
      if (framing === 'none') return true
      await writeBody(socket, body, {
        isChunked: framing === 'chunked',
        onChunk: chunk => trace?.responseContent(chunk),
      })
      if (framing === 'chunked') socket.write(serializeLastChunk(response.trailers?.()), 'latin1')
      isComplete = true
      return framing !== 'until-close'
    } finally {
      const length = fieldOf(response, 'content-length')
      trace?.endResponse(
        fieldOf(response, 'content-type'),
        isComplete,
        length === undefined ? undefined : Number(length),
      )
      socket.off('close', cancel)
      socket.off('end', cancel)
      await body.close()
    }
  }
}

function writeTogether(socket: Socket, head: string, body: Uint8Array): void {
  if (body.length <= MAX_COPIED_BYTES) return void socket.write(join(head, body))
  socket.cork()
  socket.write(head, 'latin1')
  socket.write(body)
  socket.uncork()
}

function join(head: string, body: Uint8Array | undefined): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + (body?.length ?? 0))
  bytes.write(head, 0, 'latin1')
  if (body) bytes.set(body, head.length)
  return bytes
}
