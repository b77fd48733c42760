/**
 * DNS over HTTPS (RFC 8484): a query comes as a parameter of a GET or as the body of a POST, is handed to the DNS server
 * of this process, and its response is the body of the answer.
 */
import type { Message } from '../../shared/dns/message.ts'
import { DNS_MESSAGE_TYPE } from '../../shared/dns/over-https.ts'
import type { DnsQueryHandler, DnsQueryHandlerRegistry } from '../../shared/dns/query-handler.ts'
import { type Answer, describe, page, type Request } from './answer.ts'

/** No DNS message is longer (RFC 1035, section 4.2.2), so no query is. */
export const MAX_QUERY_BYTES = 65_535
/** Queries under way at once, whose answers come from elsewhere. */
const MAX_UNDER_WAY = 1000

export class DnsQueries {
  readonly #slot: DnsQueryHandlerRegistry
  #underWay = 0

  constructor(slot: DnsQueryHandlerRegistry) {
    this.#slot = slot
  }

  /** `GET /dns-query?dns=...`, base64url without padding (section 4.1). */
  get(request: Request): Answer | Promise<Answer> {
    const query = queryOf(request.query)
    return Buffer.isBuffer(query) ? this.#ask(query, request) : query
  }

  /** `POST /dns-query`, the message as it is. */
  async post(request: Request): Promise<Answer> {
    const type = request.headers['content-type']
    if (mediaType(type) !== DNS_MESSAGE_TYPE) {
      const given = type === undefined ? 'none is given' : `not ${type}`
      return page(415, `The type of a query is ${DNS_MESSAGE_TYPE}; ${given}.`, ['Accept', DNS_MESSAGE_TYPE])
    }
    const body = await request.rest.body(MAX_QUERY_BYTES)
    return Buffer.isBuffer(body) ? this.#ask(body, request) : body
  }

  #ask(query: Buffer, { rest: { client } }: Request): Answer | Promise<Answer> {
    const server = this.#slot.current
    if (!server) {
      const why = 'No DNS server runs in this process: start both in one, as with: fourwire start dns http'
      return page(503, why, ['Cache-Control', 'no-store'])
    }
    const reply = server.handle(query, { transport: 'https', ...client })
    if (reply === undefined) return page(400, 'That is no DNS query.')
    return Buffer.isBuffer(reply) ? answerWith(reply) : this.#await(reply)
  }

  async #await(reply: Exclude<ReturnType<DnsQueryHandler['handle']>, Buffer | undefined>): Promise<Answer> {
    if (this.#underWay >= MAX_UNDER_WAY) return page(503, 'Too many queries are under way.', ['Retry-After', '1'])
    this.#underWay += 1
    try {
      for await (const response of reply) return await answerWith(response)
      return page(500, 'The DNS server had no answer.')
    } finally {
      this.#underWay -= 1
    }
  }
}

function queryOf(parameters: string): Buffer | Answer {
  const [text, ...more] = new URLSearchParams(parameters).getAll('dns')
  if (text === undefined || more.length > 0) {
    return page(400, 'A query is in one parameter, as in /dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB')
  }
  const isBase64url = /^[A-Za-z0-9_-]+$/.test(text) && text.length % 4 !== 1
  return isBase64url ? Buffer.from(text, 'base64url') : page(400, 'The dns parameter is not base64url without padding.')
}

/** What stands before the parameters, in small letters. */
function mediaType(field: string | readonly string[] | undefined): string {
  return String(field).split(';')[0]?.trim().toLowerCase() ?? ''
}

async function answerWith(response: Buffer): Promise<Answer> {
  const { decodeMessage } = await import('../../shared/dns/decode.ts')
  const seconds = freshness(decodeMessage(response))
  const cache = seconds === undefined ? 'no-store' : `max-age=${seconds}`
  const headers = [...describe(DNS_MESSAGE_TYPE, response.length), 'Cache-Control', cache]
  return { status: 200, headers, body: response }
}

/**
 * For how many seconds a response holds (section 5.1): the smallest TTL of its answers; where there are none, that of the
 * SOA record and its MINIMUM (RFC 2308, section 5). Undefined for one that says neither, such as a failure.
 */
function freshness({ rcode, answers, authorities }: Message): number | undefined {
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return undefined
  const negative = authorities.flatMap(record => (record.type === 'SOA' ? [record.ttl, record.data.minimum] : []))
  const times = [...answers.map(({ ttl }) => ttl), ...(answers.length === 0 || rcode === 'NXDOMAIN' ? negative : [])]
  return times.length === 0 ? undefined : Math.min(...times)
}
