/** Examples of endpoints that respond with the request, and of CORS. */
import { type Example, rows, withType } from './example.ts'

const form = 'application/x-www-form-urlencoded'

/** Base64 with the alphabet for URLs. */
const dataUrl = (type: string, text: string) => `data:${type};base64,${Buffer.from(text).toString('base64')}`

const bodies = (method: string, path: string): Example[] => [
  { request: `${method} ${path}`, json: { method, args: {}, data: '', files: {}, form: {}, json: null } },
  {
    request: `${method} ${path}?a=1&a=2`,
    headers: withType(form),
    body: 'color=blue&color=green',
    json: { args: { a: ['1', '2'] }, form: { color: ['blue', 'green'] }, data: 'color=blue&color=green' },
  },
  {
    request: `${method} ${path}`,
    headers: withType('application/json; charset=utf-8'),
    body: '{"foo": [1]}',
    json: { json: { foo: [1] }, data: '{"foo": [1]}' },
  },
  { request: `${method} ${path}`, headers: withType('text/plain'), body: 'Hello', json: { data: 'Hello', json: null } },
  { request: `${method} ${path}`, headers: withType('text/html'), body: '<p>', json: { data: '<p>' } },
  {
    request: `${method} ${path}`,
    headers: withType('image/png'),
    body: 'encodeMe',
    json: { data: dataUrl('image/png', 'encodeMe') },
  },
  {
    request: `${method} ${path}`,
    headers: withType('multipart/form-data; boundary=x'),
    body: [
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
      '--x\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\nfile\r\n',
      '--x--\r\n',
    ].join(''),
    json: { form: { a: ['1'] }, files: { f: ['file'] } },
  },
  { request: `${method} ${path}`, headers: withType('application/json'), body: 'foo', status: 400 },
  { request: `${method} ${path}`, headers: withType(form), body: '%ZZ', status: 400 },
  { request: `${method} ${path}`, headers: withType('multipart/form-data'), body: 'foo', status: 400 },
  { request: `${method} ${path}`, headers: withType('multipart/form-data; boundary=x'), body: '--x\r\n', status: 400 },
]

export const REQUEST_EXAMPLES: readonly Example[] = [
  { request: '/get', json: { args: {}, method: 'GET', origin: '127.0.0.1', url: 'BASE/get' } },
  { request: '/get?foo=foo&bar=bar1&bar=bar2', json: { args: { bar: ['bar1', 'bar2'], foo: ['foo'] } } },
  { request: '/get', headers: { 'x-forwarded-proto': 'https' }, text: /"url": "https:/ },
  { request: '/get', headers: { 'x-forwarded-protocol': 'https' }, text: /"url": "https:/ },
  { request: '/get', headers: { 'x-forwarded-ssl': 'on' }, text: /"url": "https:/ },
  { request: 'HEAD /get', text: '' },
  { request: 'HEAD /head', text: '' },
  { request: 'HEAD /anything', text: '' },
  { request: '/anything/a%2Fb', json: { method: 'GET', url: 'BASE/anything/a%2Fb' } },
  { request: '/base64/encode/a%2Fb', text: 'YS9i' },
  { request: '/no%2Fendpoint', status: 404, text: /no%2Fendpoint/ },
  ...rows(405, 'POST /get', 'HEAD /post', 'GET /head', 'GET /upload'),
  ...bodies('POST', '/post'),
  ...bodies('PUT', '/put'),
  ...bodies('PATCH', '/patch'),
  ...bodies('DELETE', '/delete'),
  ...bodies('PUT', '/anything/else'),
  { request: '/anything/else', json: { method: 'GET', data: '', url: 'BASE/anything/else' } },
  { request: '/ip', json: { origin: '127.0.0.1' } },
  { request: '/ip', headers: { 'x-forwarded-for': '10.1.1.1, 10.2.2.2' }, json: { origin: '10.1.1.1' } },
  { request: '/ip', headers: { 'x-forwarded-for': '' }, json: { origin: '127.0.0.1' } },
  { request: '/user-agent', headers: { 'user-agent': 'test' }, json: { 'user-agent': 'test' } },
  { request: '/headers', headers: { 'foo-header': 'foo' }, text: /"Foo-Header": \[\s+"foo"\s+\]/ },
  {
    request: '/dump/request?foo=bar',
    text: /^GET \/test\/dump\/request\?foo=bar HTTP\/1\.1\r\nHost: 127.*\r\n\r\n$/s,
  },
  { request: 'POST /dump/request', body: 'x=1', text: /\r\n\r\nx=1$/ },
  { request: 'POST /upload', body: 'x'.repeat(100_000), json: { method: 'POST', bytes_received: 100_000 } },

  { request: '/get', fields: { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' } },
  {
    request: '/get',
    headers: { origin: 'http://localhost:3000' },
    fields: { 'access-control-allow-origin': 'http://localhost:3000', 'access-control-allow-credentials': 'true' },
  },
  {
    request: '/get',
    headers: { origin: 'https://example.com' },
    fields: { 'access-control-allow-origin': '*', 'access-control-allow-credentials': '' },
  },
  {
    request: 'OPTIONS /get',
    headers: { 'access-control-request-headers': 'X-Test-Header' },
    fields: {
      'access-control-allow-methods': 'GET, POST, HEAD, PUT, DELETE, PATCH, OPTIONS',
      'access-control-max-age': '3600',
      'access-control-allow-headers': 'X-Test-Header',
    },
  },
  { request: 'OPTIONS /get', status: 200, fields: { 'access-control-allow-headers': '' } },
]
