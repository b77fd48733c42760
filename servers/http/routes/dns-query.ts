/**
 * `GET` and `POST /dns-query`: DNS over HTTPS (RFC 8484). Passes the DNS query of the request to the DNS server of this process;
 * the DNS response is the body of the HTTP response.
 */
import type { Message } from '../../../shared/dns/message.ts'
import { DNS_MESSAGE_TYPE } from '../../../shared/dns/over-https.ts'
import type { DnsQueryHandlerRegistry } from '../../../shared/dns/query-handler.ts'
import type { RouteRequest } from '../request/request.ts'
import { contentFields, type Response, textResponse } from '../response/response.ts'
import { refuseChange } from './conditions.ts'

/** The maximum length of a DNS message (RFC 1035, section 4.2.2). */
export const MAX_QUERY_BYTES = 65_535
/** Concurrent queries that wait for an asynchronous response, such as forwarded ones. */
const MAX_PENDING = 1000

export class DnsQueryRoutes {
  readonly #handlers: DnsQueryHandlerRegistry
  #pending = 0

  constructor(handlers: DnsQueryHandlerRegistry) {
    this.#handlers = handlers
  }

  /** `GET /dns-query?dns=...`, base64url without padding (section 4.1). */
  get(request: RouteRequest): Response | Promise<Response> {
    const query = parseQueryParameter(request.query)
    return Buffer.isBuffer(query) ? this.#handle(query, request) : query
  }

  /** `POST /dns-query`, with the message as body. */
  async post(request: RouteRequest): Promise<Response> {
    const type = request.headers['content-type']
    if (mediaType(type) !== DNS_MESSAGE_TYPE) {
      const given = type === undefined ? 'none is given' : `not ${type}`
      const detail = `The media type of a query is ${DNS_MESSAGE_TYPE}; ${given}.`
      return textResponse(415, detail, ['Accept', DNS_MESSAGE_TYPE])
    }
    const refusal = refuseChange(request)
    if (refusal) return refusal
    const body = await request.body.read(MAX_QUERY_BYTES)
    return Buffer.isBuffer(body) ? this.#handle(body, request) : body
  }

  #handle(query: Buffer, { client }: RouteRequest): Response | Promise<Response> {
    const handler = this.#handlers.current
    if (!handler) {
      const detail = 'No DNS server runs in this process. Start both in one process: fourwire start dns http'
      return textResponse(503, detail, ['Cache-Control', 'no-store'])
    }
    const result = handler.handle(query, { transport: 'https', address: client.host, port: client.port })
    if (result === undefined) return textResponse(400, 'The message is not a DNS query.')
    return Buffer.isBuffer(result) ? dnsResponse(result) : this.#awaitResponse(result)
  }

  async #awaitResponse(responses: AsyncIterable<Buffer>): Promise<Response> {
    if (this.#pending >= MAX_PENDING) return textResponse(503, 'Too many queries are under way.', ['Retry-After', '1'])
    this.#pending += 1
    try {
      for await (const response of responses) return await dnsResponse(response)
      return textResponse(500, 'The DNS server sent no response.')
    } finally {
      this.#pending -= 1
    }
  }
}

function parseQueryParameter(parameters: string): Buffer | Response {
  const [text, ...more] = new URLSearchParams(parameters).getAll('dns')
  if (text === undefined || more.length > 0) {
    return textResponse(
      400,
      'Send the query in one dns parameter: /dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB',
    )
  }
  const isBase64url = /^[A-Za-z0-9_-]+$/.test(text) && text.length % 4 !== 1
  return isBase64url
    ? Buffer.from(text, 'base64url')
    : textResponse(400, 'The dns parameter is not base64url without padding.')
}

/** Returns the media type in lower case, without parameters. */
function mediaType(field: string | readonly string[] | undefined): string {
  return String(field).split(';')[0]?.trim().toLowerCase() ?? ''
}

async function dnsResponse(response: Buffer): Promise<Response> {
  const { decodeMessage } = await import('../../../shared/dns/decode.ts')
  const seconds = freshnessLifetime(decodeMessage(response))
  const cache = seconds === undefined ? 'no-store' : `max-age=${seconds}`
  const headers = [...contentFields(DNS_MESSAGE_TYPE, response.length), 'Cache-Control', cache]
  return { status: 200, headers, body: response }
}

/**
 * Returns the freshness lifetime of a response in seconds (section 5.1): the smallest TTL of its answers; without answers, the
 * smaller of the SOA record's TTL and MINIMUM (RFC 2308, section 5). Returns undefined for a failure, which has neither.
 */
function freshnessLifetime({ rcode, answers, authorities }: Message): number | undefined {
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return undefined
  const negative = authorities.flatMap(record => (record.type === 'SOA' ? [record.ttl, record.data.minimum] : []))
  const ttls = [...answers.map(({ ttl }) => ttl), ...(answers.length === 0 || rcode === 'NXDOMAIN' ? negative : [])]
  return ttls.length === 0 ? undefined : Math.min(...ttls)
}
