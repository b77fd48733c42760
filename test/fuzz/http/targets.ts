/** Valid requests to every kind of route of the HTTP server, from which the sessions of the fuzz start. Pure. */

/** A request without its version and its other fields. */
export interface Target {
  readonly method: string
  readonly target: string
  readonly fields?: readonly string[]
  readonly body?: Buffer
}

/** Replaced by the session cookie when a session is sent, so that a seed always generates the same sessions. */
export const SESSION_PLACEHOLDER = '{session-cookie}'
/** A file that is too large for the cache of the server. */
export const LARGE_FILE = { name: 'large.bin', bytes: 1_500_000 }

const BASIC = `Authorization: Basic ${Buffer.from('alice:wonderland').toString('base64')}`
const COOKIE = `Cookie: session=${SESSION_PLACEHOLDER}`
const JSON_TYPE = 'Content-Type: application/json'
const FORM = 'Content-Type: application/x-www-form-urlencoded'
const DNS_QUERY = Buffer.from('AAABAAABAAAAAAAAA3d3dwhmb3Vyd2lyZQR0ZXN0AAABAAE', 'base64url')
const MULTIPART = [
  '--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n',
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nabc\r\n--b--\r\n',
].join('')
const WEB_SOCKET = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
/** Frames of a WebSocket client, masked with zeros: the text "hi", a ping, and a close. */
const WEB_SOCKET_FRAMES = Buffer.from('\x81\x82\0\0\0\0hi\x89\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xe8', 'latin1')

const get = (target: string, fields: readonly string[] = []): Target => ({ method: 'GET', target, fields })
const send = (method: string, target: string, body: string | Buffer, fields: readonly string[] = []): Target => ({
  method,
  target,
  fields,
  body: Buffer.from(body),
})
const signedIn = (target: string): Target => get(target, [COOKIE])

const FILES: readonly Target[] = [
  get('/'),
  get('/files'),
  get('/files/'),
  get('/files/', ['Accept: application/json']),
  get('/files/hello.txt'),
  get('/files/numbers.txt'),
  get(`/${LARGE_FILE.name}`, ['Range: bytes=100-300000']),
  get('/files/../files/%68ello.txt?x=1&y'),
  get('/.env'),
  get('/nope'),
  get('http://www.fourwire.test/files/hello.txt'),
  { method: 'HEAD', target: '/files/numbers.txt' },
  { method: 'HEAD', target: '/nope' },
  { method: 'OPTIONS', target: '/files/hello.txt' },
  { method: 'OPTIONS', target: '*' },
  { method: 'CONNECT', target: 'www.fourwire.test:80' },
  { method: 'TRACE', target: '/' },
  send('POST', '/', 'x'.repeat(3000)),
  send('PUT', '/files/put.txt', 'stored by PUT\n', [BASIC]),
  send('PUT', '/files/put.txt', 'stored by PUT\n', [BASIC, 'If-None-Match: *']),
  send('PUT', '/files/put.txt', 'stored by PUT\n'),
  { method: 'DELETE', target: '/files/put.txt', fields: [BASIC] },
]

const TEST_GETS = [
  'anything/a?b=c',
  'headers',
  'ip',
  'user-agent',
  'dump/request',
  'status/418',
  'status/204',
  'status/304',
  'status/200:0.9,500:0.1?seed=1',
  'unstable?seed=3',
  'close',
  'delay/0.01',
  'drip?duration=0.02&numbytes=5&delay=0',
  'sse?count=3&duration=0.02',
  'redirect/2',
  'absolute-redirect/1',
  'redirect-to?url=/test/get',
  'cookies/set?a=b',
  'cookies/delete?a=',
  'basic-auth/ann/secret',
  'bearer',
  'digest-auth/auth/ann/secret',
  'gzip',
  'brotli',
  'cache',
  'cache/60',
  'etag/abc',
  'range/2000',
  'response-headers?X-A=1&X-A=2',
  'stream/3',
  'stream-bytes/3000?seed=1&chunk_size=100',
  'bytes/3000?seed=1',
  'trailers?X-Checksum=abc',
  'base64/SGVsbG8=',
  'base64/encode/Hello',
  'uuid',
  'links/5/1',
  'image/png',
  'forms/post',
  '',
  'nope',
]
const TEST: readonly Target[] = [
  ...TEST_GETS.map(path => get(`/test/${path}`)),
  { method: 'HEAD', target: '/test/head' },
  { method: 'HEAD', target: '/test/stream/3' },
  {
    method: 'OPTIONS',
    target: '/test/post',
    fields: ['Origin: http://a.example', 'Access-Control-Request-Method: POST'],
  },
  send('POST', '/test/post', '{"a":[1,2]}', [JSON_TYPE]),
  send('POST', '/test/post', 'a=1&b=%C3%A9', [FORM]),
  send('POST', '/test/post', MULTIPART, ['Content-Type: multipart/form-data; boundary=b']),
  send('PUT', '/test/put', Buffer.from([0, 255, 13, 10]), ['Content-Type: application/octet-stream']),
  send('PATCH', '/test/patch', 'text', ['Content-Type: text/plain']),
  send('POST', '/test/upload', 'x'.repeat(20_000)),
  { method: 'DELETE', target: '/test/delete' },
]

const REST: readonly Target[] = [
  get('/healthz'),
  get('/readyz'),
  get('/mail'),
  get('/mail?q=subject:hello&limit=2'),
  get('/mail/1'),
  get('/mail/1/raw'),
  get('/mail/1/attachments/1'),
  get('/mail/events'),
  send('POST', '/mail/1/seen', '{"seen":true}', [JSON_TYPE]),
  { method: 'DELETE', target: '/mail/2' },
  get('/dns-query?dns=AAABAAABAAAAAAAAA3d3dwhmb3Vyd2lyZQR0ZXN0AAABAAE'),
  send('POST', '/dns-query', DNS_QUERY, ['Content-Type: application/dns-message']),
]

const STUB = {
  request: 'GET /stubbed/:id?a=b',
  where: { headers: { accept: 'json' } },
  response: [
    503,
    { status: 201, reason: 'Made', headers: { 'X-A': ['1', '2'] }, body: ['a', 'b'], trailers: { 'X-B': '1' } },
  ],
}
const STUBS: readonly Target[] = [
  get('/-/stubs'),
  get('/-/stubs/requests?request=GET%20/stub/:id&limit=3'),
  send('POST', '/-/stubs', JSON.stringify(STUB), [JSON_TYPE]),
  { method: 'DELETE', target: '/-/stubs/1' },
  { method: 'DELETE', target: '/-/stubs' },
  get('/stubbed/1?a=b', ['Accept: application/json']),
  ...['list', 'chunks', 'function', 'abort'].map(path => get(`/stub/${path}`)),
  { method: 'HEAD', target: '/stub/chunks' },
  send('POST', '/stub/json', '{"sku":"tea"}', [JSON_TYPE]),
  send('POST', '/stub/json', MULTIPART, ['Content-Type: multipart/form-data; boundary=b']),
]

const APPLICATION: readonly Target[] = [
  get('/app/sign-in'),
  get('/app/mail'),
  ...['/app/mail', '/app/notices', '/app/files/browse/', '/app/sessions'].map(signedIn),
  ...['/api/session', '/api/mail?limit=1', '/api/notices', '/api/folders/', '/api/files/files/hello.txt'].map(signedIn),
  get('/api/openapi.json'),
  send('POST', '/api/sign-in', 'user=alice&password=wonderland', [FORM]),
  send('POST', '/api/sign-in', '{"user":"bob","password":"no"}', [JSON_TYPE]),
  send('POST', '/api/notices', '{"text":"a notice"}', [COOKIE, JSON_TYPE]),
  send('PATCH', '/api/notices/1', '{"text":"changed"}', [COOKIE, JSON_TYPE]),
  send('POST', '/api/mail', '{"to":"bob@fourwire.test","subject":"s","text":"t"}', [COOKIE, JSON_TYPE]),
  send('PUT', '/api/files/files/api.txt', 'stored by the application', [COOKIE]),
  send('POST', '/app/files/upload/files', MULTIPART, [COOKIE, 'Content-Type: multipart/form-data; boundary=b']),
  { method: 'DELETE', target: '/api/files/files/api.txt', fields: [COOKIE] },
]

const UPGRADES: readonly Target[] = [
  { method: 'GET', target: '/test/websocket/echo', fields: WEB_SOCKET, body: WEB_SOCKET_FRAMES },
  get('/files/hello.txt', WEB_SOCKET),
]

/** The targets with their weights. The application reads the database for each request, so it is requested less often. */
export const TARGETS: readonly { readonly weight: number; readonly targets: readonly Target[] }[] = [
  { weight: 6, targets: FILES },
  { weight: 6, targets: TEST },
  { weight: 3, targets: REST },
  { weight: 2, targets: STUBS },
  { weight: 2, targets: APPLICATION },
  { weight: 1, targets: UPGRADES },
]

/** Fields that a request can have in addition: conditions, ranges, codings, and those about the connection. */
export const FIELDS: readonly string[] = [
  'Range: bytes=0-4',
  'Range: bytes=-5',
  'Range: bytes=0-0,2-3,5-',
  'Range: bytes=9999999999-',
  'If-Range: "x"',
  'If-Match: *',
  'If-Match: "x", W/"y"',
  'If-None-Match: *',
  'If-None-Match: "abc"',
  'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT',
  'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT',
  'Accept-Encoding: br, gzip;q=0.5, zstd, *;q=0',
  'Accept: text/html, application/json;q=0.9',
  'Connection: close',
  'Connection: keep-alive',
  'Expect: 100-continue',
  'Origin: http://other.example',
  'Forwarded: for=1.2.3.4',
  'Transfer-Encoding: gzip, chunked',
  'Content-Length: 0',
  'Host: second',
  'Upgrade: h2c',
  'TE: trailers',
  `X-Long: ${'x'.repeat(9000)}`,
  `X-Bytes: \x80\xff`,
]
