/** Sends queries over HTTPS (RFC 8484): HTTP/2 if the server supports it, else HTTP/1.1. `http` works without TLS. */
import type { Socket } from 'node:net'
import type { Client, Dispatcher } from 'undici'
import { errorCode, errorText, FourwireError, RefusedError } from '../../../errors.ts'
import { formatAuthority } from '../../../net/address.ts'
import { connectTcp } from '../../../net/connect.ts'
import { connectTls } from '../../../net/connect-tls.ts'
import { loadUndiciClient } from '../../../net/undici-client.ts'
import type { Location } from '../../../service.ts'
import { datagramOrigin } from '../../../trace/datagram-origins.ts'
import type { Direction } from '../../../trace/dissector.ts'
import { dissectDns } from '../../../trace/dissectors/dns.ts'
import { httpDissector } from '../../../trace/dissectors/http.ts'
import { MAX_MESSAGE_BYTES } from '../../encode.ts'
import { DNS_MESSAGE_TYPE, DNS_QUERY_PATH } from '../../over-https.ts'
import type { PreparedQuery } from './prepared-query.ts'
import { decodeResponse } from './stream.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'

/** Bounds the head of a response. */
const MAX_HEAD_BYTES = 16 * 1024

type HttpOptions = SendQueryOptions & { readonly transport: 'https' | 'http'; readonly timeout: number }

/**
 * @throws UnreachableError if no server listens there
 * @throws RefusedError if the server refuses the query, times out, or sends a response that does not match
 */
export async function sendOverHttps(
  server: Location,
  query: PreparedQuery,
  options: HttpOptions,
): Promise<ReceivedResponse> {
  const { timeout, transport } = options
  const timedOut = AbortSignal.timeout(timeout)
  const signal = options.signal ? AbortSignal.any([timedOut, options.signal]) : timedOut
  const connection = new Connection(server, options)
  try {
    options.signal?.throwIfAborted()
    const { send } = await loadUndiciClient()
    const client = await connection.open(query.bytes)
    const response = await send(client, { ...toRequest(query.bytes, options), signal })
    const bytes = await readBody(response)
    connection.emit('response', bytes)
    return { ...decodeResponse(query, bytes), bytes, transport }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof FourwireError) throw error
    const why = timedOut.aborted ? 'it did not answer in time' : errorText(error)
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

/** @throws RefusedError if the status is not 2xx, or the body is not a DNS message */
async function readBody({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Buffer> {
  const type = String(headers['content-type'] ?? '')
  if (statusCode < 200 || statusCode > 299) {
    await body.dump()
    throw new RefusedError(statusCode, 'the server refused the query. Check the path of its URL')
  }
  if (!type.toLowerCase().startsWith(DNS_MESSAGE_TYPE)) {
    await body.dump()
    throw new RefusedError('type', `the server answered with ${type || 'no content type'}, not ${DNS_MESSAGE_TYPE}`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_MESSAGE_BYTES) {
      throw new RefusedError('long', `the response is longer than ${MAX_MESSAGE_BYTES} bytes`)
    }
  }
  return Buffer.concat(chunks)
}

/** One connection for one query. Traces HTTP/1.1, and the DNS messages with any version of HTTP. */
class Connection {
  readonly #server: Location
  readonly #options: HttpOptions
  #client: Client | undefined
  #socket: Socket | undefined

  constructor(server: Location, options: HttpOptions) {
    this.#server = server
    this.#options = options
  }

  /** Returns an HTTP client that connects with its first request, and then emits the query to the trace. */
  async open(query: Buffer): Promise<Client> {
    const { Client } = await loadUndiciClient()
    const { verification, transport } = this.#options
    const authority = formatAuthority(verification?.serverName ?? this.#server.host, this.#server.port)
    this.#client = new Client(`${transport}://${authority}`, {
      allowH2: true,
      maxHeaderSize: MAX_HEAD_BYTES,
      // If the connection already existed, undici would let the process exit before HTTP/2 starts.
      connect: (_options, connected) => {
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
    this.emit('request', query)
    return this.#socket
  }

  #connectPlain(): Promise<Socket> {
    return connectTcp(this.#server, FOLLOW_HTTP, this.#options)
  }

  async #connectTls(): Promise<Socket> {
    const { verification, trace } = this.#options
    const tls = { service: 'http', verification, protocols: ['h2', 'http/1.1'] }
    const socket = await connectTls(this.#server, tls, this.#options)
    if (socket.alpnProtocol !== 'h2') trace?.follow(socket, { ...FOLLOW_HTTP, side: 'client', transport: 'tls' })
    return socket
  }

  emit(direction: Direction, bytes: Uint8Array): void {
    const { trace } = this.#options
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket ?? {}
    if (!trace?.active || !localAddress || !localPort || !remoteAddress || !remotePort) return
    const client = { host: localAddress, port: localPort }
    const server = { host: remoteAddress, port: remotePort }
    trace.emitFor(datagramOrigin('dns', 'client', client, server), dissectDns(direction, bytes))
  }

  async close(): Promise<void> {
    await this.#client?.destroy()
    this.#socket?.destroy()
  }
}

/** undici destroys the sockets of finished clients with an error. The trace shows a normal end. */
const isExpectedError = (error: Error) => /^UND_ERR_(INFO|DESTROYED)$/.test(errorCode(error) ?? '')

const FOLLOW_HTTP = { protocol: 'http', dissector: httpDissector, isExpectedError } as const
