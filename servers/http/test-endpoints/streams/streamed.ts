/** Endpoints with generated and chunked bodies, and with trailer fields. */
import { FORBIDDEN_TRAILERS } from '../../response/forbidden-trailers.ts'
import { contentFields, type Response } from '../../response/response.ts'
import { MAX_BODY_BYTES, MAX_CHUNKS, MAX_FIELDS, MAX_LINES } from '../bounds.ts'
import { BINARY, formatJson, JSON_TYPE } from '../content.ts'
import { ANY_METHOD, EndpointError, type EndpointGroup, type EndpointRequest } from '../endpoint.ts'
import { invalid, parseInteger, parseWholeNumber } from '../parameters.ts'
import { createRandom } from '../random.ts'
import { describeRequest } from '../requests/describe-request.ts'
import { describeWithBody } from '../requests/endpoints.ts'
import { validateField } from '../responses/caching.ts'
import { streamedBody } from '../waits.ts'

export const streamEndpoints: EndpointGroup = {
  title: 'Bytes and streams',
  endpoints: [
    {
      path: '/bytes/:n',
      methods: ANY_METHOD,
      summary: `n random bytes (up to ${MAX_BODY_BYTES}). With seed, the same bytes each time.`,
      example: "-sS -o /dev/null -w '%{size_download} bytes\\n' 'URL/bytes/1024?seed=7'",
      respond: sendBytes,
    },
    {
      path: '/stream-bytes/:n',
      methods: ANY_METHOD,
      summary: 'As /bytes, without a length, in chunks of chunk_size bytes (10240).',
      example: "-sS -o /dev/null -w '%{size_download} bytes\\n' 'URL/stream-bytes/1024?chunk_size=100'",
      respond: streamBytes,
    },
    {
      path: '/stream/:n',
      methods: ANY_METHOD,
      summary: `n lines of JSON (1 to ${MAX_LINES}), each in a chunk of its own.`,
      example: '-sS URL/stream/3',
      respond: streamLines,
    },
    {
      path: '/trailers',
      methods: ANY_METHOD,
      summary: 'As /anything, with the parameters as trailer fields after the body.',
      example: "-sS -i --raw 'URL/trailers?X-Checksum=abc'",
      respond: sendTrailers,
    },
  ],
}

function parseSize({ params }: EndpointRequest): number {
  return parseInteger('n', params.n ?? '', { min: 0, max: MAX_BODY_BYTES })
}

function sendBytes(request: EndpointRequest): Response {
  const size = parseSize(request)
  const body = createRandom(request.parameters).bytes(size)
  return { status: 200, headers: contentFields(BINARY, size), body }
}

function streamBytes(request: EndpointRequest): Response {
  const size = parseSize(request)
  const random = createRandom(request.parameters)
  const given = parseWholeNumber('chunk_size', request.parameters.get('chunk_size') || '10240')
  const chunkSize = given > 0 ? given : Math.max(size, 1)
  if (size / chunkSize > MAX_CHUNKS)
    throw invalid('chunk_size', String(given), `leads to more than ${MAX_CHUNKS} chunks`)
  const body = streamedBody(async function* () {
    const bytes = random.bytes(size)
    for (let first = 0; first < size; first += chunkSize) yield bytes.subarray(first, first + chunkSize)
  })
  return { status: 200, headers: ['Content-Type', BINARY, 'X-Content-Type-Options', 'nosniff'], body }
}

function streamLines(request: EndpointRequest): Response {
  const count = Math.min(Math.max(parseWholeNumber('n', request.params.n ?? ''), 1), MAX_LINES)
  const { method: _, ...description } = describeRequest(request)
  const body = streamedBody(async function* () {
    for (let id = 0; id < count; id += 1) yield Buffer.from(`${JSON.stringify({ id, ...description })}\n`)
  })
  return { status: 200, headers: ['Content-Type', JSON_TYPE, 'X-Content-Type-Options', 'nosniff'], body }
}

async function sendTrailers(request: EndpointRequest): Promise<Response> {
  const trailers = [...request.parameters]
  if (trailers.length > MAX_FIELDS) throw new EndpointError(400, `There are more than ${MAX_FIELDS} trailer fields.`)
  for (const [name, value] of trailers) validateField(name, value, FORBIDDEN_TRAILERS)
  const content = Buffer.from(formatJson(await describeWithBody(request)))
  const body = streamedBody(async function* () {
    yield content
  })
  const names = [...new Set(trailers.map(([name]) => name))]
  const announced = names.length === 0 ? [] : ['Trailer', names.join(', ')]
  return { status: 200, headers: ['Content-Type', JSON_TYPE, ...announced], body, trailers: () => trailers.flat() }
}
