/** Endpoints with content codings (RFC 9110, section 8.4), base64 and Unicode. */
import { promisify } from 'node:util'
import { brotliCompress, deflate, gzip } from 'node:zlib'
import { contentFields, contentResponse, type Response } from '../../response/response.ts'
import { escapeForType, formatJson, HTML, JSON_TYPE, TEXT } from '../content.ts'
import { ANY_METHOD, type EndpointGroup, type EndpointRequest } from '../endpoint.ts'
import { invalid } from '../parameters.ts'
import { describeRequest } from '../requests/describe-request.ts'

const CODINGS = {
  gzip: { compress: promisify(gzip), coding: 'gzip', mark: 'gzipped' },
  deflate: { compress: promisify(deflate), coding: 'deflate', mark: 'deflated' },
  brotli: {
    compress: (content: Buffer) => promisify(brotliCompress)(content),
    coding: 'br',
    mark: 'brotli',
  },
} as const

export const encodingEndpoints: EndpointGroup = {
  title: 'Encodings',
  endpoints: [
    {
      path: '/gzip',
      methods: ANY_METHOD,
      summary: 'Returns the request, compressed with gzip whatever Accept-Encoding is.',
      example: '-sS --compressed URL/gzip',
      respond: request => compressed(request, 'gzip'),
    },
    {
      path: '/deflate',
      methods: ANY_METHOD,
      summary: 'Returns the request, compressed with deflate (zlib).',
      example: '-sS --compressed URL/deflate',
      respond: request => compressed(request, 'deflate'),
    },
    {
      path: '/brotli',
      methods: ANY_METHOD,
      summary: 'Returns the request, compressed with Brotli.',
      example: '-sS --compressed URL/brotli',
      respond: request => compressed(request, 'brotli'),
    },
    {
      path: '/base64/:value',
      methods: ANY_METHOD,
      summary: 'Decodes base64, with the common alphabet or the one for URLs. content-type=TYPE sets the media type.',
      example: '-sS URL/base64/SGVsbG8=',
      respond: request => decode(request),
    },
    {
      path: '/base64/:operation/:value',
      methods: ANY_METHOD,
      summary: 'Encodes (encode) with the alphabet for URLs, or decodes (decode).',
      example: '-sS URL/base64/encode/Hello',
      respond: convert,
    },
    {
      path: '/encoding/utf8',
      methods: ANY_METHOD,
      summary: 'A page with many writing systems, in UTF-8.',
      example: '-sS URL/encoding/utf8',
      respond: () => contentResponse(200, HTML, UNICODE_PAGE),
    },
  ],
}

async function compressed(request: EndpointRequest, name: keyof typeof CODINGS): Promise<Response> {
  const { compress, coding, mark } = CODINGS[name]
  const body = await compress(Buffer.from(formatJson({ ...describeRequest(request), [mark]: true })))
  return { status: 200, headers: [...contentFields(JSON_TYPE, body.length), 'Content-Encoding', coding], body }
}

function convert(request: EndpointRequest): Response {
  const { operation = '', value = '' } = request.params
  if (operation === 'decode') return decode(request)
  if (operation !== 'encode') throw invalid('operation', operation, 'is unknown. Use encode or decode')
  const encoded = Buffer.from(value).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
  return contentOfType(encoded, request.parameters)
}

function decode({ params, parameters }: EndpointRequest): Response {
  const value = params.value ?? ''
  const isBase64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/.test(value) && value.length % 4 === 0
  if (!isBase64) throw invalid('base64', value, 'cannot be decoded: decode failed')
  return contentOfType(Buffer.from(value, 'base64').toString('utf8'), parameters)
}

function contentOfType(content: string, parameters: URLSearchParams): Response {
  const type = parameters.get('content-type') || TEXT
  if (!/^[\x20-\x7e]+$/.test(type)) throw invalid('content-type', type, 'is not a media type')
  return contentResponse(200, type, escapeForType(content, type), ['Content-Security-Policy', 'sandbox'])
}

const UNICODE_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Unicode</title></head>
<body>
<h1>Unicode</h1>
<p>Hello world, Καλημέρα κόσμε, コンニチハ</p>
<ul>
<li lang="de">Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich</li>
<li lang="ru">Съешь же ещё этих мягких французских булок</li>
<li lang="he">שלום עולם</li>
<li lang="ar">مرحبا بالعالم</li>
<li lang="hi">नमस्ते दुनिया</li>
<li lang="zh">你好，世界</li>
<li lang="ko">안녕하세요 세계</li>
<li lang="th">สวัสดีชาวโลก</li>
<li>∮ E⋅da = Q, n → ∞, ∑ f(i) = ∏ g(i), ∀x∈ℝ: ⌈x⌉ = −⌊−x⌋</li>
<li>👋🌍 👩‍🔬 e\u0301 = é</li>
</ul>
</body>
</html>
`
