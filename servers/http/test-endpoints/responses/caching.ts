/** Endpoints with validators, cache lifetimes and header fields of the client's choice. */
import { createHash } from 'node:crypto'
import { formatHttpDate } from '../../http-date.ts'
import { contentResponse, type Response } from '../../response/response.ts'
import { MAX_BODY_BYTES, MAX_DURATION_MS, MAX_FIELDS } from '../bounds.ts'
import { escapeForType, formatJson, JSON_TYPE, json, TEXT } from '../content.ts'
import { ANY_METHOD, EndpointError, type EndpointGroup, type EndpointRequest } from '../endpoint.ts'
import { invalid, parseDuration, parseInteger } from '../parameters.ts'
import { describeRequest, fieldOf, groupValues } from '../requests/describe-request.ts'
import type { Waits } from '../waits.ts'
import { respondWithContent } from './byte-content.ts'
import { setsApplicationCookie } from './cookies.ts'

export function cachingEndpoints(waits: Waits): EndpointGroup {
  return {
    title: 'Caching, ranges and header fields',
    endpoints: [
      {
        path: '/cache',
        methods: ANY_METHOD,
        summary: 'Responds with 304 to If-None-Match and If-Modified-Since, whatever their values; otherwise as /get.',
        example: '-sS -i -H \'If-None-Match: "x"\' URL/cache',
        respond: respondFromCache,
      },
      {
        path: '/cache/:seconds',
        methods: ANY_METHOD,
        summary: 'As /get, with Cache-Control: public, max-age=seconds.',
        example: '-sS -i URL/cache/60',
        respond: request => {
          const seconds = parseInteger('seconds', request.params.seconds ?? '', { min: 0, max: 2 ** 31 })
          return json(describeRequest(request), 200, ['Cache-Control', `public, max-age=${seconds}`])
        },
      },
      {
        path: '/etag/:etag',
        methods: ANY_METHOD,
        summary: 'As /get, with this entity tag: If-None-Match leads to 304, If-Match to 412.',
        example: '-sS -i -H \'If-None-Match: "abc"\' URL/etag/abc',
        respond: respondWithTag,
      },
      {
        path: '/range/:n',
        methods: ANY_METHOD,
        summary: `n letters (up to ${MAX_BODY_BYTES}), also in ranges. Accepts duration, a delay before the response.`,
        example: '-sS -r 20-25 URL/range/26',
        respond: request => respondWithRange(request, waits),
      },
      {
        path: '/response-headers',
        methods: ANY_METHOD,
        summary: 'Sends the parameters as header fields, and returns them.',
        example: "-sS -i 'URL/response-headers?X-Color=blue'",
        respond: respondWithFields,
      },
    ],
  }
}

function respondFromCache(request: EndpointRequest): Response {
  const { method, headers } = request
  const isConditional = fieldOf(headers, 'if-modified-since') || fieldOf(headers, 'if-none-match')
  // RFC 9110, section 15.4.5: 304 is only for GET and HEAD.
  if (isConditional && (method === 'GET' || method === 'HEAD')) return { status: 304, headers: [] }
  const date = formatHttpDate(Date.now())
  const tag = createHash('sha1').update(date).digest('hex')
  return json(describeRequest(request), 200, ['Last-Modified', date, 'ETag', `"${tag}"`])
}

function respondWithTag(request: EndpointRequest): Response {
  const opaque = request.params.etag ?? ''
  if (!/^[\x21\x23-\x7e]+$/.test(opaque)) throw invalid('etag', opaque, 'has a space, a quote or is not ASCII')
  const content = Buffer.from(formatJson(describeRequest(request)))
  return respondWithContent(request.method, request.headers, { type: TEXT, content, etag: { weak: false, opaque } })
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'

async function respondWithRange(
  { method, headers, params, parameters, lifetime }: EndpointRequest,
  waits: Waits,
): Promise<Response> {
  const size = parseInteger('n', params.n ?? '', { min: 1, max: MAX_BODY_BYTES })
  const delay = parseDuration('duration', parameters.get('duration') || '0', { min: 0, max: MAX_DURATION_MS })
  await waits.waitBefore(delay, lifetime)
  const content = Buffer.alloc(size, ALPHABET)
  return respondWithContent(method, headers, { type: TEXT, content, etag: { weak: false, opaque: `range${size}` } })
}

/** Fields that delimit the message or belong to the connection; a client could not choose them without breaking both. */
const FORBIDDEN = [
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

function respondWithFields({ parameters }: EndpointRequest): Response {
  if (parameters.size > MAX_FIELDS) throw new EndpointError(400, `There are more than ${MAX_FIELDS} header fields.`)
  const pairs = [...parameters]
  for (const [name, value] of pairs) validateField(name, value, FORBIDDEN)
  const given = pairs.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  const type = given ?? JSON_TYPE
  const values = groupValues(given === undefined ? [...pairs, ['Content-Type', JSON_TYPE]] : pairs)
  const others = pairs.filter(([name]) => name.toLowerCase() !== 'content-type')
  // As values of JSON are escaped and not the document, it stays JSON.
  const escaped = Object.entries(values).map(([name, items]) => [
    escapeForType(name, type),
    items.map(item => escapeForType(item, type)),
  ])
  return contentResponse(200, type, formatJson(Object.fromEntries(escaped)), [
    ...others.flat(),
    'Content-Security-Policy',
    'sandbox',
  ])
}

/** @throws EndpointError (400) if the field is not valid, or one of these */
export function validateField(name: string, value: string, forbidden: readonly string[]): void {
  if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name)) throw invalid('field', name, 'is not the name of a field')
  if (!/^[\t\x20-\x7e]*$/.test(value)) throw invalid(name, value, 'has a character that is not possible in a field')
  if (forbidden.includes(name.toLowerCase())) throw invalid('field', name, 'is forbidden here')
  if (name.toLowerCase() === 'set-cookie' && setsApplicationCookie(value)) {
    throw invalid('Set-Cookie', value, 'replaces a cookie of the application of this server. Use another name')
  }
}
