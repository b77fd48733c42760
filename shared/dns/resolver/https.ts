/** Asking by HTTPS (RFC 8484): HTTP/2 where the server offers it, else HTTP/1.1; without TLS where that is asked for. */
import type { Socket } from 'node:net'
import type { Client, Dispatcher } from 'undici'
import { errorCode, errorText, FourwireError, RefusedError } from '../../errors.ts'
import { formatAuthority } from '../../net/address.ts'
import { connectTcp } from '../../net/connect.ts'
import { connectTls } from '../../net/connect-tls.ts'
import type { Location } from '../../service.ts'
import type { Direction } from '../../trace/dissector.ts'
import { dnsDatagramDissector } from '../../trace/dissectors/dns.ts'
import { httpDissector } from '../../trace/dissectors/http.ts'
import { MAX_MESSAGE_BYTES } from '../encode.ts'
import { DNS_MESSAGE_TYPE, DNS_QUERY_PATH } from '../over-https.ts'
import type { PreparedQuery } from './prepared-query.ts'
import { readResponse } from './stream.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'

type HttpOptions = SendQueryOptions & { readonly transport: 'https' | 'http'; readonly timeout: number }

/**
 * @throws UnreachableError when nobody listens there
 * @throws RefusedError when the server refuses, is late, or answers something else
 */
export async function sendOverHttps(
  server: Location,
  asked: PreparedQuery,
  options: HttpOptions,
): Promise<ReceivedResponse> {
  const { timeout, transport } = options
  const late = AbortSignal.timeout(timeout)
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late
  const connection = new Connection(server, options)
  try {
    options.signal?.throwIfAborted()
    const client = await connection.open(asked.bytes)
    const response = await client.request({ ...toRequest(asked.bytes, options), signal })
    const bytes = await readBody(response)
    connection.tell('response', bytes)
    return { ...readResponse(asked, bytes), bytes, transport }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof FourwireError) throw error
    const why = late.aborted ? 'it did not answer in time' : errorText(error)
    throw new RefusedError('failed', `the name server failed: ${why}`, { cause: error })
  } finally {
    await connection.close()
  }
}

function toRequest(query: Buffer, { path = DNS_QUERY_PATH, method = 'POST' }: HttpOptions): Dispatcher.RequestOptions {
  if (method === 'POST') {
    return { method, path, headers: { accept: DNS_MESSAGE_TYPE, 'content-type': DNS_MESSAGE_TYPE }, body: query }
  }
  const separator = path.includes('?') ? '&' : '?'
  return {
    method,
    path: `${path}${separator}dns=${query.toString('base64url')}`,
    headers: { accept: DNS_MESSAGE_TYPE },
  }
}

/** @throws RefusedError for a status that is no success, or a body that can be no message */
async function readBody({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Buffer> {
  const type = String(headers['content-type'] ?? '')
  if (statusCode < 200 || statusCode > 299) {
    await body.dump()
    throw new RefusedError(statusCode, 'that is what the server says to the question; is its path right?')
  }
  if (!type.toLowerCase().startsWith(DNS_MESSAGE_TYPE)) {
    await body.dump()
    throw new RefusedError(
      'type',
      `the server answered with ${type || 'nothing that says what it is'}, not ${DNS_MESSAGE_TYPE}`,
    )
  }
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body) {
    pieces.push(piece)
    size += piece.length
    if (size > MAX_MESSAGE_BYTES) throw new RefusedError('long', `the answer has over ${MAX_MESSAGE_BYTES} bytes`)
  }
  return Buffer.concat(pieces)
}

/** One connection for one question. HTTP/1.1 is told to the trace, and the DNS messages whatever carries them. */
class Connection {
  readonly #server: Location
  readonly #options: HttpOptions
  #client: Client | undefined
  #socket: Socket | undefined

  constructor(server: Location, options: HttpOptions) {
    this.#server = server
    this.#options = options
  }

  /** A client of this one connection, which is made when it is first needed; then the query is told to the trace. */
  async open(query: Buffer): Promise<Client> {
    const { Client } = await import('undici')
    const { verification, transport } = this.#options
    const authority = formatAuthority(verification?.serverName ?? this.#server.host, this.#server.port)
    this.#client = new Client(`${transport}://${authority}`, {
      allowH2: true,
      // With a connection that is there at once, undici lets the process end before HTTP/2 has begun.
      connect: (_about, connected) => {
        this.#connect(query).then(
          socket => connected(null, socket),
          (error: Error) => connected(error, null),
        )
      },
    })
    return this.#client
  }

  async #connect(query: Buffer): Promise<Socket> {
    this.#socket = await (this.#options.transport === 'http' ? this.#connectPlain() : this.#connectTls())
    this.tell('request', query)
    return this.#socket
  }

  #connectPlain(): Promise<Socket> {
    return connectTcp(this.#server, FOLLOW_HTTP, this.#options)
  }

  async #connectTls(): Promise<Socket> {
    const { verification, trace } = this.#options
    const about = { service: 'http', verification, protocols: ['h2', 'http/1.1'] }
    const socket = await connectTls(this.#server, about, this.#options)
    if (socket.alpnProtocol !== 'h2') trace?.follow(socket, { ...FOLLOW_HTTP, side: 'client', transport: 'tls' })
    return socket
  }

  tell(direction: Direction, bytes: Uint8Array): void {
    const { trace } = this.#options
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket ?? {}
    if (!trace?.active || !localAddress || !localPort || !remoteAddress || !remotePort) return
    const client = { host: localAddress, port: localPort }
    const server = { host: remoteAddress, port: remotePort }
    trace.emitDatagram(
      { protocol: 'dns', side: 'client', client, server, dissector: dnsDatagramDissector },
      direction,
      bytes,
    )
  }

  async close(): Promise<void> {
    await this.#client?.destroy()
    this.#socket?.destroy()
  }
}

/** undici ends a connection it needs no more as if it had failed; to whoever follows it, it has just ended. */
const isExpectedError = (error: Error) => /^UND_ERR_(INFO|DESTROYED)$/.test(errorCode(error) ?? '')

const FOLLOW_HTTP = { protocol: 'http', dissector: httpDissector, isExpectedError } as const
