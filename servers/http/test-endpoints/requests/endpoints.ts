/** Endpoints that respond with the request itself. */
import { UnreadableBody } from '../../request/unreadable-body.ts'
import type { Response } from '../../response/response.ts'
import { MAX_BODY_BYTES, MAX_UPLOAD_BYTES } from '../bounds.ts'
import { json, text } from '../content.ts'
import { ANY_METHOD, type EndpointGroup, type EndpointRequest, GET } from '../endpoint.ts'
import { canonicalName, describeFields, describeRequest, fieldOf, originOf } from './describe-request.ts'
import { parseBody } from './parse-body.ts'

export const requestEndpoints: EndpointGroup = {
  title: 'Requests',
  endpoints: [
    {
      path: '/get',
      methods: GET,
      summary: 'Returns the request: parameters, header fields, address and URL.',
      example: "-sS 'URL/get?color=blue&color=green'",
      respond: request => json(describeRequest(request)),
    },
    {
      path: '/post',
      methods: ['POST'],
      summary: 'Returns the request with its body: text, JSON, a form, files or base64.',
      example: '-sS --json \'{"name": "Ann"}\' URL/post',
      respond: respondWithBody,
    },
    {
      path: '/put',
      methods: ['PUT'],
      summary: 'As /post, for PUT.',
      example: "-sS -X PUT -d 'color=blue' URL/put",
      respond: respondWithBody,
    },
    {
      path: '/patch',
      methods: ['PATCH'],
      summary: 'As /post, for PATCH.',
      example: "-sS -X PATCH -F 'name=Ann' URL/patch",
      respond: respondWithBody,
    },
    {
      path: '/delete',
      methods: ['DELETE'],
      summary: 'As /post, for DELETE.',
      example: '-sS -X DELETE URL/delete',
      respond: respondWithBody,
    },
    {
      path: '/head',
      methods: ['HEAD'],
      summary: 'The header fields of /get; only HEAD is possible.',
      example: '-sS -I URL/head',
      respond: request => json(describeRequest(request)),
    },
    {
      path: '/anything',
      methods: ANY_METHOD,
      summary: 'Returns the request with its body, for every method.',
      example: "-sS -d 'color=blue' URL/anything",
      respond: respondWithBody,
    },
    {
      path: '/anything/*rest',
      methods: ANY_METHOD,
      summary: 'As /anything, for every path below it.',
      example: '-sS -X PUT URL/anything/shelves/7',
      respond: respondWithBody,
    },
    {
      path: '/headers',
      methods: ANY_METHOD,
      summary: 'Returns the header fields.',
      example: "-sS -H 'X-Color: blue' URL/headers",
      respond: ({ headers }) => json({ headers: describeFields(headers) }),
    },
    {
      path: '/ip',
      methods: ANY_METHOD,
      summary: 'Returns the address of the client.',
      example: '-sS URL/ip',
      respond: request => json({ origin: originOf(request) }),
    },
    {
      path: '/user-agent',
      methods: ANY_METHOD,
      summary: 'Returns the User-Agent field.',
      example: "-sS -A 'robot/1.0' URL/user-agent",
      respond: ({ headers }) => json({ 'user-agent': fieldOf(headers, 'user-agent') }),
    },
    {
      path: '/dump/request',
      methods: ANY_METHOD,
      summary: 'Returns the request as on the wire, with sorted header fields.',
      example: "-sS -d 'color=blue' URL/dump/request",
      respond: dumpRequest,
    },
    {
      path: '/upload',
      methods: ['POST', 'PUT', 'PATCH'],
      summary: `Discards a body of up to ${MAX_UPLOAD_BYTES / 1024 ** 3} GiB and returns its length.`,
      example: "-sS -d 'color=blue' URL/upload",
      respond: discardBody,
    },
  ],
}

/** Returns the request with its body, as `/post` does. */
export async function describeWithBody(request: EndpointRequest): Promise<object> {
  if (request.method === 'HEAD') return describeRequest(request)
  const body = await readBody(request)
  return { ...describeRequest(request), ...(await parseBody(body, request.headers)) }
}

export async function respondWithBody(request: EndpointRequest): Promise<Response> {
  return json(await describeWithBody(request))
}

/** @throws UnreadableBody if the body is too long, too slow or malformed */
async function readBody({ body }: EndpointRequest): Promise<Buffer> {
  const content = await body.read(MAX_BODY_BYTES)
  if (!Buffer.isBuffer(content)) throw new UnreadableBody(content)
  return content
}

async function dumpRequest(request: EndpointRequest): Promise<Response> {
  const { method, target, headers } = request
  const { Host: hosts = [], ...others } = describeFields(headers)
  const fields = Object.entries(others).flatMap(([name, values]) =>
    values.map(value => `${canonicalName(name)}: ${value}`),
  )
  const lines = [`${method} ${target} HTTP/1.1`, ...hosts.map(host => `Host: ${host}`), ...fields]
  const body = method === 'HEAD' ? '' : await readBody(request)
  return text(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

async function discardBody(request: EndpointRequest): Promise<Response> {
  let length = 0
  for await (const chunk of request.body.stream(MAX_UPLOAD_BYTES)) length += chunk.length
  return json({ ...describeRequest(request), bytes_received: length })
}
