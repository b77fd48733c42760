/**
 * The examples of go-httpbin's documentation and the cases of its tests, for the endpoints of `/test/`: a request, and the
 * status, header fields and body that its clients expect.
 */

export interface Example {
  /** `GET` if it has none: `POST /post`. */
  readonly request: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly status?: number
  /** Header fields of the response; an empty text for one that it does not have. `BASE` stands for the URL of `/test`. */
  readonly fields?: Readonly<Record<string, string | RegExp>>
  /** Properties of a JSON body, the whole body as text, or a part of it. */
  readonly json?: object
  readonly text?: string | RegExp
}

const rows = (status: number, ...requests: string[]): Example[] => requests.map(request => ({ request, status }))

const form = 'application/x-www-form-urlencoded'
const withType = (type: string) => ({ 'content-type': type })

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

const authenticated = { authenticated: true, user: 'user', authorized: true }
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

export const EXAMPLES: readonly Example[] = [
  { request: '/get', json: { args: {}, method: 'GET', origin: '127.0.0.1', url: 'BASE/get' } },
  { request: '/get?foo=foo&bar=bar1&bar=bar2', json: { args: { bar: ['bar1', 'bar2'], foo: ['foo'] } } },
  { request: '/get', headers: { 'x-forwarded-proto': 'https' }, text: /"url": "https:/ },
  { request: '/get', headers: { 'x-forwarded-protocol': 'https' }, text: /"url": "https:/ },
  { request: '/get', headers: { 'x-forwarded-ssl': 'on' }, text: /"url": "https:/ },
  { request: 'HEAD /get', text: '' },
  { request: 'HEAD /head', text: '' },
  { request: 'HEAD /anything', text: '' },
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

  { request: '/status/200', status: 200, text: '', fields: { 'content-type': 'text/plain; charset=utf-8' } },
  { request: '/status/300', status: 300, fields: { location: '/test/image/jpeg' }, text: /Multiple Choices/ },
  { request: '/status/301', status: 301, fields: { location: '/test/redirect/1' } },
  { request: '/status/308', status: 308, fields: { location: '/test/image/jpeg' }, text: /Permanent Redirect/ },
  { request: '/status/401', status: 401, fields: { 'www-authenticate': 'Basic realm="Fake Realm"' } },
  { request: '/status/406', status: 406, text: /image\/webp/ },
  { request: '/status/407', status: 407, fields: { 'proxy-authenticate': 'Basic realm="Fake Realm"' } },
  { request: '/status/418', status: 418, text: "I'm a teapot!" },
  { request: '/status/204', status: 204, text: '', fields: { 'content-length': '' } },
  { request: '/status/304', status: 304, text: '' },
  { request: 'DELETE /status/599', status: 599, text: '' },
  { request: '/status/200:0,429:1,503:0', status: 429 },
  { request: '/status/503', status: 503 },
  ...rows(404, '/status', '/status/', '/status/200/foo', '/unknown'),
  ...rows(
    400,
    '/status/3.14',
    '/status/foo',
    '/status/600',
    '/status/1024',
    '/status/200:foo,500:1',
    '/status/200,foo:1',
  ),
  ...rows(400, '/status/200:0,500:0', '/status/200:1:1', '/status/100', '/status/200:-1,500'),
  ...rows(500, '/unstable?failure_rate=1'),
  ...rows(200, '/unstable?failure_rate=0', '/unstable?failure_rate=0&seed=-12345'),
  ...rows(400, '/unstable?failure_rate=foo', '/unstable?failure_rate=-1', '/unstable?failure_rate=1.23'),
  ...rows(400, '/unstable?seed=3.14', '/unstable?seed=foo'),

  { request: '/redirect/1', status: 302, fields: { location: '/test/get' } },
  { request: '/redirect/2', status: 302, fields: { location: '/test/relative-redirect/1' } },
  { request: '/redirect/100', status: 302, fields: { location: '/test/relative-redirect/99' } },
  { request: '/redirect/1?absolute=true', status: 302, fields: { location: 'BASE/get' } },
  { request: '/redirect/2?absolute=TRUE', status: 302, fields: { location: 'BASE/absolute-redirect/1' } },
  { request: '/redirect/2?absolute=yes', status: 302, fields: { location: '/test/relative-redirect/1' } },
  { request: '/relative-redirect/1', status: 302, fields: { location: '/test/get' } },
  { request: '/relative-redirect/2', status: 302, fields: { location: '/test/relative-redirect/1' } },
  { request: '/absolute-redirect/1', status: 302, fields: { location: 'BASE/get' } },
  { request: '/absolute-redirect/2', status: 302, fields: { location: 'BASE/absolute-redirect/1' } },
  ...['redirect', 'relative-redirect', 'absolute-redirect'].flatMap(name => [
    ...rows(404, `/${name}`, `/${name}/`, `/${name}/10/foo`),
    ...rows(400, `/${name}/-1`, `/${name}/0`, `/${name}/101`, `/${name}/3.14`, `/${name}/foo`),
  ]),
  { request: '/redirect-to?url=http://www.example.com/', status: 302, fields: { location: 'http://www.example.com/' } },
  { request: '/redirect-to?url=http://a.test/&status_code=307', status: 307, fields: { location: 'http://a.test/' } },
  { request: '/redirect-to?url=/get', status: 302, fields: { location: '/test/get' } },
  { request: '/redirect-to?url=/test/get', status: 302, fields: { location: '/test/get' } },
  { request: '/redirect-to?url=//a.test/x', status: 302, fields: { location: '//a.test/x' } },
  { request: '/redirect-to?url=foo', status: 302, fields: { location: 'foo' } },
  {
    request: '/redirect-to?url=http://a.test/%0d%0ax:y',
    status: 302,
    fields: { location: 'http://a.test/x:y', x: '' },
  },
  ...rows(400, '/redirect-to', '/redirect-to?status_code=302', '/redirect-to?url=foo&status_code=201'),
  ...rows(400, '/redirect-to?url=foo&status_code=418', '/redirect-to?url=foo&status_code=foo'),
  ...rows(400, '/redirect-to?url=http%3A%2F%2Ffoo%25%25bar'),

  { request: '/cookies', json: {} },
  { request: '/cookies', headers: { cookie: 'k1=v1; k2=v2' }, json: { k1: 'v1', k2: 'v2' } },
  {
    request: '/cookies/set?k1=v1',
    status: 302,
    fields: { location: '/test/cookies', 'set-cookie': 'k1=v1; HttpOnly' },
  },
  { request: '/cookies/set?k=a%20b', status: 302, fields: { 'set-cookie': 'k="a b"; HttpOnly' } },
  {
    request: '/cookies/set?k=v&attr[samesite]=lax&attr[Secure]',
    status: 302,
    fields: { 'set-cookie': 'k=v; HttpOnly; SameSite=lax; Secure' },
  },
  { request: '/cookies/set?session=v', status: 302, fields: { 'set-cookie': 'session=v; HttpOnly' } },
  {
    request: '/cookies/delete?k2',
    status: 302,
    fields: { location: '/test/cookies', 'set-cookie': /k2=; Max-Age=0/ },
  },
  ...rows(400, '/cookies/set?a%20b=1', '/cookies/set?k=%22', '/cookies/set?k=%0d', '/cookies/set?k=v&attr[Foo]=1'),
  ...rows(
    400,
    '/cookies/set?k=v&attr[Path]=%3B',
    '/cookies/set?session=v&attr[Path]=/',
    '/cookies/set?__Host-session=v',
  ),

  ...['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].flatMap((method): Example[] => [
    { request: `${method} /basic-auth/user/pass`, headers: basic('user:pass'), json: authenticated },
    {
      request: `${method} /basic-auth/user/pass`,
      headers: basic('bad:auth'),
      status: 401,
      fields: { 'www-authenticate': 'Basic realm="Fake Realm"' },
      json: { authenticated: false, user: 'bad', authorized: false },
    },
  ]),
  { request: '/basic-auth/user/pass', status: 401, json: { authenticated: false, user: '', authorized: false } },
  ...rows(404, '/basic-auth', '/basic-auth/user', '/basic-auth/user/pass/extra'),
  { request: '/hidden-basic-auth/user/pass', headers: basic('user:pass'), json: authenticated },
  { request: '/hidden-basic-auth/user/pass', status: 404, fields: { 'www-authenticate': '' } },
  {
    request: '/hidden-basic-auth/user/pass',
    headers: basic('bad:auth'),
    status: 404,
    fields: { 'www-authenticate': '' },
  },
  { request: '/bearer', headers: { authorization: 'Bearer abc' }, json: { authenticated: true, token: 'abc' } },
  ...['Bearer', 'Bearer x y', 'bearer x', 'Bearer1 x', 'xBearer x'].map(authorization => ({
    request: '/bearer',
    headers: { authorization },
    status: 401,
    fields: { 'www-authenticate': 'Bearer' },
  })),
  { request: '/digest-auth/auth/user/pass', status: 401, fields: { 'www-authenticate': /algorithm=MD5/ } },
  { request: '/digest-auth/auth/user/pass/MD5', status: 401, fields: { 'www-authenticate': /algorithm=MD5/ } },
  {
    request: '/digest-auth/auth/user/pass/SHA-256',
    status: 401,
    fields: { 'www-authenticate': /algorithm=SHA-256/ },
  },
  ...rows(404, '/digest-auth', '/digest-auth/user', '/digest-auth/user/pass', '/digest-auth/auth/user/pass/MD5/foo'),
  ...rows(400, '/digest-auth/bad-qop/user/pass/MD5', '/digest-auth/auth/user/pass/SHA-512'),

  { request: '/gzip', json: { gzipped: true }, fields: { 'content-encoding': 'gzip' } },
  { request: '/deflate', json: { deflated: true }, fields: { 'content-encoding': 'deflate' } },
  { request: '/brotli', json: { brotli: true }, fields: { 'content-encoding': 'br' } },
  { request: '/base64/dmFsaWRfYmFzZTY0X2VuY29kZWRfc3RyaW5n', text: 'valid_base64_encoded_string' },
  { request: '/base64/decode/dGVzdC1pbWFnZQ==', text: 'test-image' },
  { request: '/base64/decode/YWJjMTIzIT8kKiYoKSctPUB-', text: "abc123!?$*&()'-=@~" },
  { request: '/base64/decode/8J+Ziywg8J+MjSEK4oCm', text: '🙋, 🌍!\n…' },
  { request: '/base64/encode/abc123%21%3F%24%2A%26%28%29%27-%3D%40~', text: 'YWJjMTIzIT8kKiYoKSctPUB-' },
  {
    request: '/base64/eyJzZXJ2ZXIiOiAiZ28taHR0cGJpbiJ9Cg==?content-type=application/json',
    text: '{"server": "go-httpbin"}\n',
    fields: { 'content-type': 'application/json' },
  },
  {
    request: '/base64/PGltZy9zcmMvb25lcnJvcj1hbGVydCgneHNzJyk+?content-type=text/html',
    text: '&lt;img/src/onerror=alert(&#39;xss&#39;)&gt;',
    fields: { 'content-type': 'text/html', 'content-security-policy': 'sandbox' },
  },
  { request: '/base64/invalid_base64_encoded_string', status: 400, text: /decode failed/ },
  ...rows(400, '/base64/unknown/dGVzdA==', '/base64/dGVzdA==?content-type=%0d'),
  ...rows(404, '/base64/', '/base64/decode/dGVzdA==/extra'),
  { request: '/encoding/utf8', text: /Hello world, Καλημέρα κόσμε, コンニチハ/ },

  { request: '/cache', fields: { etag: /^"[0-9a-f]{40}"$/, 'last-modified': / GMT$/ } },
  { request: '/cache', headers: { 'if-none-match': 'my-custom-etag' }, status: 304 },
  { request: '/cache', headers: { 'if-modified-since': 'my-custom-date' }, status: 304 },
  { request: '/cache/60', fields: { 'cache-control': 'public, max-age=60' } },
  ...rows(404, '/cache/60/foo', '/etag/foo/bar'),
  ...rows(400, '/cache/foo', '/cache/3.14', '/cache/-1', '/etag/a%22b'),
  { request: '/etag/abc', fields: { etag: '"abc"' }, json: { url: 'BASE/etag/abc' } },
  { request: '/etag/abc', headers: { 'if-none-match': '"123", "abc"' }, status: 304, fields: { etag: '"abc"' } },
  { request: '/etag/abc', headers: { 'if-none-match': '*' }, status: 304 },
  { request: '/etag/abc', headers: { 'if-none-match': 'W/"xyzzy", W/"abc"' }, status: 304 },
  { request: '/etag/abc', headers: { 'if-none-match': '"123"' }, status: 200 },
  { request: '/etag/abc', headers: { 'if-match': '"123", "abc"' }, status: 200 },
  { request: '/etag/abc', headers: { 'if-match': '"xxxxxx"' }, status: 412 },
  { request: '/range/26', text: 'abcdefghijklmnopqrstuvwxyz', fields: { 'accept-ranges': 'bytes', etag: '"range26"' } },
  {
    request: '/range/100',
    headers: { range: 'bytes=10-24' },
    status: 206,
    text: 'klmnopqrstuvwxy',
    fields: { 'content-range': 'bytes 10-24/100', 'content-length': '15' },
  },
  { request: '/range/26', headers: { range: 'bytes=20-' }, status: 206, text: 'uvwxyz' },
  { request: '/range/26', headers: { range: 'bytes=-5' }, status: 206, text: 'vwxyz' },
  { request: '/range/26', headers: { range: 'bytes=0-40' }, status: 206, text: 'abcdefghijklmnopqrstuvwxyz' },
  { request: '/range/26', headers: { range: 'bytes=10-5' }, status: 200, text: 'abcdefghijklmnopqrstuvwxyz' },
  { request: '/range/26', headers: { range: 'bytes=32-40' }, status: 416, fields: { 'content-range': 'bytes */26' } },
  { request: '/range/26', headers: { range: 'bytes=0-1', 'if-range': '"other"' }, status: 200 },
  { request: 'HEAD /range/26', headers: { range: 'bytes=0-1' }, status: 200, fields: { 'content-length': '26' } },
  {
    request: '/range/100',
    headers: { range: 'bytes=10-24, 50-64' },
    status: 206,
    text: /bytes 10-24\/100\r\n\r\nklmnopqrstuvwxy\r\n.*bytes 50-64\/100\r\n\r\nyzabcdefghijklm\r\n/s,
  },
  ...rows(200, '/range/26?duration=1ms'),
  ...rows(404, '/range/', '/range/1/foo'),
  ...rows(400, '/range/foo', '/range/1.5', '/range/-1', '/range/0', '/range/1048577'),
  ...rows(400, '/range/100?duration=-1', '/range/100?duration=XYZ', '/range/100?duration=2h'),
  {
    request: '/response-headers?Foo=foo&Bar=bar1&Bar=bar2',
    json: { Foo: ['foo'], Bar: ['bar1', 'bar2'], 'Content-Type': ['application/json; charset=utf-8'] },
    fields: { foo: 'foo', bar: 'bar1, bar2', 'content-type': 'application/json; charset=utf-8' },
  },
  { request: '/response-headers?Content-Type=text/test', fields: { 'content-type': 'text/test' } },
  { request: '/response-headers?Content-Type=text/html&x=%3Ci%3E', text: /"&lt;i&gt;"/ },
  { request: '/response-headers?Content-Type=text/plain&x=%3Ci%3E', text: /"<i>"/ },
  ...rows(
    400,
    '/response-headers?Content-Length=1',
    '/response-headers?Transfer-Encoding=x',
    '/response-headers?a%20b=1',
  ),
  ...rows(400, '/response-headers?a=%0d%0ab', '/response-headers?Set-Cookie=session%3Dx'),

  { request: '/bytes/16', fields: { 'content-type': 'application/octet-stream', 'content-length': '16' } },
  { request: '/bytes/0', fields: { 'content-length': '0' }, text: '' },
  { request: '/bytes/16?seed=-12345', fields: { 'content-length': '16' } },
  ...rows(404, '/bytes', '/bytes/16/foo', '/stream-bytes', '/stream-bytes/10/foo', '/stream', '/stream/10/foo'),
  ...rows(400, '/bytes/-1', '/bytes/99999999', '/bytes/foo', '/bytes/3.14', '/bytes/16?seed=12345678901234567890'),
  ...rows(400, '/bytes/16?seed=foo', '/bytes/16?seed=3.14', '/stream-bytes/foo', '/stream-bytes/3.1415'),
  ...rows(
    400,
    '/stream-bytes/16?chunk_size=foo',
    '/stream-bytes/16?chunk_size=3.14',
    '/stream-bytes/99999?chunk_size=1',
  ),
  ...rows(400, '/stream/foo', '/stream/3.1415'),
  { request: '/trailers', json: { method: 'GET', data: '' }, fields: { trailer: '', 'content-length': '' } },
  { request: '/trailers?A=1&b=2&A=3', fields: { trailer: 'A, b' } },
  ...rows(400, '/trailers?test-trailer-1&Authorization=Bearer', '/trailers?Content-Length=1', '/trailers?a=%0a'),

  {
    request: '/delay/0',
    json: { method: 'GET' },
    fields: { 'server-timing': 'initial_delay;dur=0.00;desc="initial delay"' },
  },
  { request: 'POST /delay/10ms', headers: withType('text/plain'), body: 'x', json: { data: 'x' } },
  ...rows(200, '/delay/0.01', '/delay/1ns', '/delay/0h0m0.001s'),
  ...rows(404, '/delay', '/delay/1/foo'),
  ...rows(400, '/delay/foo', '/delay/11s', '/delay/-1ms', '/delay/10.5', '/delay/-1', '/delay/1x', '/delay/s'),
  { request: '/drip?delay=0&duration=0', text: '**********', fields: { 'content-length': '10' } },
  { request: '/drip?delay=0&duration=5ms&numbytes=101&code=404', status: 404, text: '*'.repeat(101) },
  {
    request: '/drip?delay=5ms&duration=0h&numbytes=1',
    text: '*',
    fields: { 'server-timing': /initial_delay;dur=5\.00/ },
  },
  { request: 'HEAD /drip?delay=0', text: '' },
  ...['1m', '-1ms', '1001', '-1', 'foo'].flatMap(time => rows(400, `/drip?duration=${time}`, `/drip?delay=${time}`)),
  ...['foo', '0', '-1', '0xff', '1048577'].flatMap(number => rows(400, `/drip?numbytes=${number}`)),
  ...['foo', '-1', '25', '600', '204', '304'].flatMap(code => rows(400, `/drip?code=${code}`)),
  ...rows(400, '/drip?duration=6&delay=5'),
  {
    request: '/sse?duration=5ms&count=2',
    text: /^event: ping\ndata: \{"id":0,"timestamp":\d+\}\n\nevent: ping\ndata: \{"id":1,"timestamp":\d+\}\n\n$/,
    fields: { 'content-type': 'text/event-stream; charset=utf-8', trailer: 'Server-Timing' },
  },
  { request: '/sse?duration=10ns&count=011', text: /"id":10,/ },
  { request: '/sse?count=1', text: /"id":0,/ },
  { request: 'HEAD /sse', text: '' },
  ...['0', '0s', '1m', '-1ms', '1001', 'foo'].flatMap(time => rows(400, `/sse?duration=${time}`)),
  ...['foo', '0', '-1', '0xff', '10001'].flatMap(number => rows(400, `/sse?count=${number}`)),
  ...rows(400, '/sse?delay=foo', '/sse?duration=6&delay=5'),

  { request: '/html', text: /<h1>Herman Melville - Moby-Dick<\/h1>/ },
  { request: '/json', text: /Wake up to WonderWidgets!/ },
  {
    request: '/xml',
    text: /<\?xml version='1\.0' encoding='us-ascii'\?>/,
    fields: { 'content-type': 'application/xml' },
  },
  { request: '/robots.txt', text: 'User-agent: *\nDisallow: /test/deny\n' },
  { request: '/deny', text: /YOU SHOULDN'T BE HERE/ },
  { request: '/forms/post', text: /<form method="post" action="\/test\/post">/ },
  { request: '/uuid', text: /"uuid": "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/ },
  { request: '/hostname', json: { hostname: 'fourwire' } },
  ...['png', 'jpeg', 'webp', 'svg'].map(kind => ({
    request: `/image/${kind}`,
    fields: { 'content-type': kind === 'svg' ? 'image/svg+xml' : `image/${kind}` },
  })),
  ...rows(404, '/image/raw', '/image/jpg', '/image/png/foo'),
  ...[
    ['image/*', 'image/png'],
    ['image/png', 'image/png'],
    ['text/html, image/jpeg;q=0.5', 'image/jpeg'],
    ['image/webp', 'image/webp'],
    ['image/svg+xml', 'image/svg+xml'],
    ['*/*', 'image/png'],
  ].map(([accept = '', type = '']) => ({ request: '/image', headers: { accept }, fields: { 'content-type': type } })),
  ...['image/raw', 'image/jpg', 'image/svg'].map(accept => ({ request: '/image', headers: { accept }, status: 415 })),
  { request: '/links/100', status: 302, fields: { location: '/test/links/100/0' } },
  {
    request: '/links/2/0',
    text: '<html><head><title>Links</title></head><body>0 <a href="/test/links/2/1">1</a> </body></html>',
  },
  { request: '/links/2/10', text: /"\/test\/links\/2\/0">0<\/a> <a href="\/test\/links\/2\/1">1</ },
  ...rows(404, '/links/10/1/foo'),
  ...rows(400, '/links/3.14', '/links/-1', '/links/257', '/links/1/3.14', '/links/1/foo'),

  ...rows(400, '/websocket/echo', '/websocket/echo?max_message_size=foo', '/websocket/echo?max_message_size=0'),
  ...rows(400, '/websocket/echo?max_fragment_size=2&max_message_size=1', '/websocket/echo?max_fragment_size=1048577'),

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
