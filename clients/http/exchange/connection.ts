/** A connection to the server of a URL, on which requests are sent one after another. */

import type { Socket } from 'node:net'
import { errorCode, UsageError } from '../../../shared/errors.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import { type ConnectOptions, connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../../shared/net/connect.ts'
import { loadUndiciClient, type UndiciClient } from '../../../shared/net/undici-client.ts'
import type { ClientOptions, Location } from '../../../shared/service.ts'
import { httpDissector } from '../../../shared/trace/dissectors/http.ts'
import { describeHttp2 } from '../../../shared/trace/dissectors/http2.ts'
import { translateSendError } from '../error.ts'
import { HttpResponse } from '../response.ts'
import { type ParsedUrl, withDefaultHeaders } from '../url.ts'
import { findOverride } from './address-override.ts'
import type { CompleteRequest } from './http-request.ts'
import { monotonicTime } from './monotonic-time.ts'
import { type Observation, observeSocket } from './observe-socket.ts'

/** Bounds the head of a response. */
const MAX_HEAD_BYTES = 64 * 1024

const DEFAULT_HEADERS = { 'User-Agent': 'fourwire', Accept: '*/*' }

type Client = InstanceType<UndiciClient['Client']>

export class HttpConnection {
  readonly #undici: UndiciClient
  readonly #client: Client
  readonly #origin: string
  readonly #options: ClientOptions
  readonly #observation: Observation
  /** The socket, if HTTP/2 is spoken on it. */
  #http2Socket: Socket | undefined
  /** True after the first request. */
  #isUsed = false
  /** The number of exchanges on that socket. */
  #exchanges = 0

  /** Locates the server. The connection is made for the first request, and again after the server has closed it. */
  static async open(request: CompleteRequest, url: ParsedUrl, options: ClientOptions): Promise<HttpConnection> {
    const observation: Observation = { marks: { started: monotonicTime() }, version: undefined }
    const { scheme, host, port } = url
    const locate = options.locate ?? locateDirectly
    const server =
      findOverride(request.addresses ?? [], url) ??
      (await locate({ service: 'http', host, port, tls: scheme === 'https', signal: options.signal }))
    observation.marks.resolved = monotonicTime()
    // The Host field has the name from the URL, not the address that it resolves to.
    const authority = host === undefined ? formatAuthority(server.host, server.port) : formatAuthority(host, port)
    return new HttpConnection(await loadUndiciClient(), `${scheme}://${authority}`, options, observation, () =>
      connect(
        server,
        url,
        request,
        connectOptions(options, socket => observeSocket(socket, observation)),
      ),
    )
  }

  private constructor(
    undici: UndiciClient,
    origin: string,
    options: ClientOptions,
    observation: Observation,
    openSocket: () => Promise<Socket>,
  ) {
    const timeout = options.timeout ?? DEFAULT_TIMEOUT_MS
    this.#undici = undici
    this.#origin = origin
    this.#options = options
    this.#observation = observation
    this.#client = new undici.Client(origin, {
      connect: (_options, callback) => {
        openSocket().then(
          socket => {
            this.#useSocket(socket)
            callback(null, socket)
          },
          (error: Error) => callback(error, null),
        )
      },
      headersTimeout: timeout,
      bodyTimeout: timeout,
      maxHeaderSize: MAX_HEAD_BYTES,
    })
  }

  #useSocket(socket: Socket): void {
    this.#http2Socket = usesHttp2(socket) ? socket : undefined
    if (!this.#http2Socket) return
    this.#observation.version = '2'
    this.#exchanges = 0
  }

  /**
   * Sends a request; resolves with the head of the response. Read or discard its body before the next request.
   *
   * @param target the request target in origin-form
   */
  async send(request: CompleteRequest, { scheme, target, authorization }: ParsedUrl): Promise<HttpResponse> {
    const url = `${this.#origin}${target}`
    const decoding = request.compressed ? await import('./decode-body.ts') : undefined
    const accepted = decoding ? { 'Accept-Encoding': decoding.ACCEPTED_CODINGS } : {}
    const headers = headersOf(request, url, { ...accepted, ...(authorization && { Authorization: authorization }) })
    const calledAt = monotonicTime()
    // The marks of the first exchange began with the search for the address.
    if (this.#isUsed) this.#observation.marks = { started: calledAt }
    this.#isUsed = true
    try {
      const received = await this.#undici.send(this.#client, {
        path: target,
        method: request.method as 'GET', // undici accepts any token, but its type lists only common methods.
        headers,
        body: bodyOf(request) as Uint8Array, // undici accepts any async iterable, but its type does not.
        ...(this.#options.signal && { signal: this.#options.signal }),
        responseHeaders: 'raw',
      })
      const { statusCode, statusText, body } = received
      // undici's types do not know the result of `responseHeaders: 'raw'`.
      const fields = received.headers as unknown as string[]
      const { marks, version = '1.1' } = this.#observation
      marks.firstByte ??= monotonicTime()
      const parts = { url, status: statusCode, statusText, fields, body, marks, version }
      const response = new HttpResponse(parts, this.#options, decoding)
      await this.#traceHttp2(request, url, headers, response, calledAt)
      request.cookies?.store(url, response.setCookies)
      return response
    } catch (error) {
      throw translateSendError(error, scheme, this.#options)
    }
  }

  /** Closes the connection after the body of the last response was read. */
  close(): void {
    void this.#client.close()
  }

  /**
   * The frames of HTTP/2 are not dissected: describes the exchange instead.
   *
   * @param calledAt when the caller sent the request, which may have been before the connection was made
   */
  async #traceHttp2(
    { method }: CompleteRequest,
    url: string,
    headers: Readonly<Record<string, string | string[]>>,
    { status, headers: received }: HttpResponse,
    calledAt: number,
  ): Promise<void> {
    const { trace } = this.#options
    if (!this.#http2Socket || !trace?.active) return
    const { protocol, host, pathname, search } = new URL(url)
    const pseudo = { ':method': method, ':scheme': protocol.slice(0, -1), ':authority': host }
    const fields = { ...pseudo, ':path': `${pathname}${search}`, ...lowerCaseNames(headers) }
    const conversation = trace.conversationOf(this.#http2Socket)
    const stream = 2 * this.#exchanges + 1
    this.#exchanges += 1
    const { connected = 0, secured = connected, firstByte } = this.#observation.marks
    // Loaded only for a trace, because it uses `performance`.
    const { traceTime } = await import('../../../shared/trace/event.ts')
    const offset = traceTime() - monotonicTime()
    const head = { ':status': status, ...received }
    conversation?.emitDissected(describeHttp2('request', stream, fields), Math.max(calledAt, secured) + offset)
    conversation?.emitDissected(describeHttp2('response', stream, head), firstByte && firstByte + offset)
  }
}

function headersOf(request: CompleteRequest, url: string, given: Readonly<Record<string, string>>) {
  const cookie = request.cookies?.cookiesFor(url) ?? ''
  const defaults = { ...DEFAULT_HEADERS, ...given, ...(cookie === '' ? {} : { Cookie: cookie }) }
  return withDefaultHeaders(defaults, request.headers ?? {})
}

/** The methods whose bodies undici sends over HTTP/2 with their length; a text with another method would be a defect for it. */
const HTTP2_BODY_METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** @throws UsageError for a body of GET or HEAD over HTTP/2, which undici does not send */
function bodyOf({ body, method, http2 }: CompleteRequest): CompleteRequest['body'] {
  if (!http2 || body === undefined || HTTP2_BODY_METHODS.has(method)) return body
  if (method === 'GET' || method === 'HEAD') {
    throw new UsageError(`a body of ${method} cannot be sent over HTTP/2. Use another method, or omit --http2`)
  }
  return typeof body === 'string' || body instanceof Uint8Array ? oneChunk(Buffer.from(body)) : body
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function lowerCaseNames(headers: Readonly<Record<string, string | string[]>>): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Picks the options: to copy all of them would create standard input, a property of the context of a command. */
function connectOptions({ trace, signal, authority, timeout }: ClientOptions, onSocket: (socket: Socket) => void) {
  return { trace, signal, authority, timeout, onSocket }
}

/** The ALPN protocol of HTTP/2 over TLS (RFC 9113, section 3.2). */
const HTTP2 = 'h2'

/** undici chooses the protocol by this property too. */
function usesHttp2(socket: Socket): boolean {
  return 'alpnProtocol' in socket && socket.alpnProtocol === HTTP2
}

async function connect(
  server: Location,
  { scheme, host }: ParsedUrl,
  { verification, http2 = false }: CompleteRequest,
  options: ConnectOptions,
): Promise<Socket> {
  const follow = { protocol: 'http', dissector: httpDissector, isExpectedError } as const
  if (scheme === 'http') {
    const socket = await connectTcp(server, follow, options)
    return http2 ? Object.assign(socket, { alpnProtocol: HTTP2 }) : socket
  }
  const { connectTls } = await import('../../../shared/net/connect-tls.ts')
  const ca = verification?.ca ?? (await options.authority?.())
  const tls = {
    service: 'http',
    follow,
    protocols: http2 ? [HTTP2, 'http/1.1'] : ['http/1.1'],
    verification: { serverName: host, ...verification, ca },
  }
  return connectTls(server, tls, options)
}

/** The codes of errors with which undici closes a connection that it no longer needs. */
const CLOSE_CODES = new Set(['UND_ERR_INFO', 'UND_ERR_DESTROYED'])

/** The trace shows these as a normal close. */
const isExpectedError = (error: Error) => CLOSE_CODES.has(errorCode(error) ?? '')
