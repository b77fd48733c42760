/** Python against the HTTP server: http.client, and urllib with cookies and authentication. */
import { beforeAll, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { afterAllTests } from '../helpers/cli.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { requireTool, runTool } from './tools.ts'

let suite: Suite<'http'>
const cleanup = afterAllTests()

beforeAll(async () => {
  suite = await startSuite({ services: ['http'], passwordCost: LOWEST_COST })
  cleanup(() => suite.close())
})

/** Runs a program that gets the port as its argument; returns what it prints. */
async function python(program: string): Promise<string> {
  const { stdout, stderr } = await runTool('python3', ['-c', program, String(suite.http.port)])
  expect(stderr).toBe('')
  return stdout
}

test('http.client stores, reads and deletes a file on one connection', async context => {
  requireTool('python3', context)
  const printed = await python(`
import http.client, sys
c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
alice = {'Authorization': 'Basic YWxpY2U6d29uZGVybGFuZA=='}
def send(method, path, body=None, headers={}):
    c.request(method, path, body=body, headers=headers)
    r = c.getresponse()
    print(r.status, r.read().decode().split('\\n')[0])
    return r.headers
send('PUT', '/files/python.txt', iter([b'one ', b'two']), alice)
tag = send('GET', '/files/python.txt')['ETag']
send('GET', '/files/python.txt', headers={'If-None-Match': tag})
send('GET', '/files/python.txt', headers={'Range': 'bytes=4-', 'If-Range': tag})
send('DELETE', '/files/python.txt', headers={**alice, 'If-Match': '"other"'})
send('DELETE', '/files/python.txt', headers={**alice, 'If-Match': tag})
send('GET', '/files/python.txt')
`)
  expect(printed).toBe('201 \n200 one two\n304 \n206 two\n412 412 Precondition Failed\n204 \n404 404 Not Found\n')
})

test('http.client reads streams, and waits for 100 Continue', async context => {
  requireTool('python3', context)
  const printed = await python(`
import http.client, socket, sys
c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
for path in ['/test/stream/3', '/test/sse?count=2&duration=0.05&delay=0', '/test/trailers?X-Sum=1', '/test/drip?numbytes=5&duration=0.05&delay=0']:
    c.request('GET', path)
    r = c.getresponse()
    print(r.status, r.chunked, len(r.read().splitlines()) > 0)
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=10)
s.sendall(b'POST /test/post HTTP/1.1\\r\\nHost: a\\r\\nExpect: 100-continue\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n')
interim = s.recv(1000)
s.sendall(b'hi')
print(interim, http.client.HTTPResponse(s).begin())
`)
  expect(printed).toBe(
    "200 True True\n200 True True\n200 True True\n200 False True\nb'HTTP/1.1 100 Continue\\r\\n\\r\\n' None\n",
  )
})

test('urllib keeps cookies, follows redirects, and authenticates with digest and Basic', async context => {
  requireTool('python3', context)
  const printed = await python(`
import http.cookiejar, sys, urllib.request as u, urllib.error
base = f'http://127.0.0.1:{sys.argv[1]}/test'
jar = http.cookiejar.CookieJar()
passwords = u.HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, base, 'ann', 'secret')
opener = u.build_opener(u.HTTPCookieProcessor(jar), u.HTTPDigestAuthHandler(passwords), u.HTTPBasicAuthHandler(passwords))
def get(path):
    try:
        r = opener.open(base + path, timeout=10)
        print(r.status, r.url.removeprefix(base))
    except urllib.error.HTTPError as e:
        print(e.code, e.reason)
get('/digest-auth/auth/ann/secret')
get('/basic-auth/ann/secret')
get('/cookies/set?color=blue')
get('/redirect/3')
get('/status/503')
get('/digest-auth/auth/ann/other')
print([(c.name, c.value) for c in jar])
`)
  expect(printed).toBe(
    "200 /digest-auth/auth/ann/secret\n200 /basic-auth/ann/secret\n200 /cookies\n200 /get\n503 Service Unavailable\n401 digest auth failed\n[('color', 'blue')]\n",
  )
})
