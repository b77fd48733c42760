import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { request } from '../../../clients/http/index.ts'
import { RefusedError, UnreachableError, UsageError } from '../../../shared/errors.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'

/** Starts a server; returns its port. */
async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

/** Starts a server that responds to any bytes with `response`; returns its port. */
async function serveBytes(response: string, then: 'close' | 'keep open' = 'close'): Promise<number> {
  const server = createTcpServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => (then === 'close' ? socket.end(response) : socket.write(response)))
    onTestFinished(() => {
      socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('gets a file: status, header fields and body', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const response = await request({ url: `${http.url}files/hello.txt` })
  expect(response).toMatchObject({ status: 200, statusText: 'OK', url: `${http.url}files/hello.txt` })
  expect(response.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(response.fields).toContainEqual(['Content-Type', 'text/plain; charset=utf-8'])
  expect(await response.text()).toBe('Hello from Fourwire.\n')
})

test('speaks TLS for https, and both ends trace the decrypted exchange', async () => {
  const suite = await suiteFor({ services: ['http'], tls: true })
  const secure = suite.endpoints.find(({ transport }) => transport === 'tls')
  const server = recordEvents(suite.trace)
  const client = recordEvents()
  const authority = async () => suite.tls?.ca
  const url = `${secure?.url}files/hello.txt`
  const response = await request({ url }, { authority, trace: client.trace })
  expect(response).toMatchObject({ status: 200, url })
  expect(await response.text()).toBe('Hello from Fourwire.\n')
  await client.until(({ kind }) => kind === 'close')
  await server.until(({ kind }) => kind === 'close')
  const messages = (lines: string[]) => lines.filter(line => line.startsWith('message'))
  expect(messages(client.lines())).toContain('message request 1 GET /files/hello.txt HTTP/1.1')
  expect(messages(server.lines())).toEqual(messages(client.lines()))
})

test('rejects a certificate for another name', async () => {
  const suite = await suiteFor({ services: ['http'], tls: true })
  const secure = suite.endpoints.find(({ transport }) => transport === 'tls')
  const verification = { ca: suite.tls?.ca, serverName: 'www.other.test' }
  const attempt = request({ url: secure?.url ?? '', verification })
  await expect(attempt).rejects.toThrow(RefusedError)
  await expect(attempt).rejects.toThrow('www.other.test')
})

test('follows a redirect from http to https', async () => {
  const suite = await suiteFor({ services: ['http'], tls: true })
  const secure = suite.endpoints.find(({ transport }) => transport === 'tls')
  const port = await serve((_request, response) => {
    response.writeHead(302, { location: `${secure?.url}healthz` }).end()
  })
  const authority = async () => suite.tls?.ca
  const response = await request({ url: `http://127.0.0.1:${port}/`, redirect: 'follow' }, { authority })
  expect(response).toMatchObject({ status: 200, url: `${secure?.url}healthz` })
  response.discard()
})

test('names the failed handshake if the server does not use TLS', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const attempt = request({ url: `https://127.0.0.1:${http.port}/` })
  await expect(attempt).rejects.toThrow(RefusedError)
  await expect(attempt).rejects.toThrow(`TLS handshake with 127.0.0.1:${http.port} failed: `)
})

test('resolves for an error status too', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const response = await request({ url: `${http.url}nope` })
  expect(response.status).toBe(404)
  expect(await response.text()).toContain('nothing at /nope')
})

test('both ends trace one conversation with the same ids and summaries', async () => {
  const suite = await suiteFor({ services: ['http'] })
  const server = recordEvents(suite.trace)
  const client = recordEvents()
  for (const method of ['GET', 'HEAD']) {
    const response = await request({ url: `${suite.http.url}files/hello.txt`, method }, { trace: client.trace })
    await response.text()
  }
  for (const side of [server, client]) {
    await side.until(() => side.events.filter(event => event.kind === 'close').length === 2)
  }
  const linesOf = (recorder: typeof client, id: string) =>
    recorder.events.filter(event => event.conversation === id).map(event => `${event.kind} ${event.summary}`)
  const ids = [...new Set(client.events.map(event => event.conversation))]
  expect(ids).toHaveLength(2)
  for (const id of ids) expect(linesOf(client, id)).toEqual(linesOf(server, id))
  expect(linesOf(client, ids[0] ?? '').slice(1)).toEqual([
    'message GET /files/hello.txt HTTP/1.1',
    'message HTTP/1.1 200 OK (text/plain; charset=utf-8, 21 bytes)',
    'transfer 21 bytes of text/plain; charset=utf-8',
    'close connection closed',
  ])
})

test('connects to the address from locate, and sends the name from the URL as Host', async () => {
  const port = await serve((incoming, response) => response.end(incoming.headers.host))
  const targets: unknown[] = []
  const locate = async (target: object) => {
    targets.push(target)
    return { host: '127.0.0.1', port }
  }
  const hostOf = async (url: string) => (await request({ url }, { locate })).text()
  expect(await hostOf('http://www.fourwire.test/')).toBe('www.fourwire.test')
  expect(await hostOf('http://www.fourwire.test:8080/')).toBe('www.fourwire.test:8080')
  expect(await hostOf('/')).toBe(`127.0.0.1:${port}`)
  expect(targets).toMatchObject([
    { service: 'http', host: 'www.fourwire.test', port: undefined },
    { service: 'http', host: 'www.fourwire.test', port: 8080 },
    { service: 'http', host: undefined, port: undefined },
  ])
})

test.each([
  ['text', () => 'grüße', '7', undefined],
  ['bytes', () => Buffer.from('grüße'), '7', undefined],
  [
    'a stream',
    async function* () {
      yield Buffer.from('grü')
      yield Buffer.from('ße')
    },
    undefined,
    'chunked',
  ],
])('sends %s as a body', async (_title, body, length, coding) => {
  let received: unknown
  const port = await serve(async (incoming, response) => {
    const { method, headers } = incoming
    received = {
      method,
      length: headers['content-length'],
      coding: headers['transfer-encoding'],
      body: String(await readAll(incoming)),
    }
    response.end()
  })
  await (await request({ url: `127.0.0.1:${port}`, body: body() })).text()
  expect(received).toEqual({ method: 'POST', length, coding, body: 'grüße' })
})

test('sends the given header fields, defaults for the others, and credentials from the URL', async () => {
  const port = await serve((incoming, response) => response.end(JSON.stringify(incoming.headers)))
  const send = async (headers?: Record<string, string | string[]>) =>
    JSON.parse(await (await request({ url: `http://a:b@127.0.0.1:${port}/`, headers })).text())
  expect(await send()).toMatchObject({ 'user-agent': 'fourwire', accept: '*/*', authorization: 'Basic YTpi' })
  expect(await send({ ACCEPT: 'x/y', 'x-a': ['1', '2'], Host: 'other' })).toMatchObject({
    accept: 'x/y',
    'x-a': '1, 2',
    host: 'other',
  })
})

test('joins repeated header fields by commas, Set-Cookie by line feeds', async () => {
  const port = await serveBytes(
    'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nSet-Cookie: a=1, x\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n',
  )
  const { headers } = await request({ url: `127.0.0.1:${port}` })
  expect(headers).toMatchObject({ 'x-a': '1, 2', 'set-cookie': 'a=1, x\nb' })
})

test('reads a body no faster than the caller iterates', async () => {
  let sent = 0
  const port = await serve((_incoming, response) => {
    const chunk = Buffer.alloc(1024 * 1024)
    const write = () => {
      while (sent < 256 && !response.destroyed) {
        sent += 1
        if (!response.write(chunk)) return void response.once('drain', write)
      }
      response.end()
    }
    write()
  })
  const response = await request({ url: `127.0.0.1:${port}` })
  const chunks = response[Symbol.asyncIterator]()
  await chunks.next()
  // The server can only fill the buffers of the two sockets.
  expect(sent).toBeLessThan(64)
  await chunks.return(undefined)
})

test.each([
  ['ftp://a/', '"ftp://a/": unsupported scheme ftp://'],
  ['http://[a', '"http://[a" is not a valid URL'],
  ['http://%zz@a/', '"http://%zz@a/" has a "%" that is not percent-encoded UTF-8'],
])('refuses a redirect to %s', async (location, reason) => {
  const port = await serve((_request, response) => response.writeHead(302, { Location: location }).end())
  const error = await request({ url: `127.0.0.1:${port}/`, redirect: 'follow' }).catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(RefusedError)
  expect(error).toMatchObject({ code: 302, text: expect.stringContaining(`cannot follow the redirect: ${reason}`) })
})

test('follows redirects, and drops body and credentials as RFC 9110 requires', async () => {
  const seen: string[] = []
  const target = await serve((incoming, response) => {
    seen.push(
      `${incoming.method} ${incoming.url} ${incoming.headers.authorization} ${incoming.headers['content-type']}`,
    )
    response.end('arrived')
  })
  const port = await serve((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`)
    if (incoming.url === '/1') response.writeHead(307, { Location: '/2' }).end('moved')
    else response.writeHead(303, { Location: `http://127.0.0.1:${target}/3` }).end('x'.repeat(1_000_000))
  })
  const headers = { Authorization: 'secret', 'Content-Type': 'a/b' }
  const url = `http://127.0.0.1:${port}/1`
  const response = await request({ url, headers, body: 'x', redirect: 'follow' })
  expect([response.url, await response.text()]).toEqual([`http://127.0.0.1:${target}/3`, 'arrived'])
  expect(seen).toEqual(['POST /1', 'POST /2', 'GET /3 undefined undefined'])
  const manual = await request({ url })
  expect(manual.status).toBe(307)
  manual.discard()
})

test('stops after 20 redirects, and refuses to send a stream twice', async () => {
  const port = await serve((_incoming, response) => response.writeHead(307, { Location: '/' }).end())
  const url = `http://127.0.0.1:${port}/`
  await expect(request({ url, redirect: 'follow' })).rejects.toThrow(
    `redirects more than 20 times, at last to http://127.0.0.1:${port}/`,
  )
  async function* body() {
    yield Buffer.from('x')
  }
  await expect(request({ url, body: body(), redirect: 'follow' })).rejects.toThrow('cannot be sent twice')
})

test('a closed port is unreachable, and the error names the command to start a server', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const attempt = request({ url: `http://127.0.0.1:${port}/` })
  await expect(attempt).rejects.toThrow(UnreachableError)
  await expect(attempt).rejects.toThrow(
    `could not reach 127.0.0.1:${port}: connection refused. Is it running? Start it with: fourwire start http`,
  )
})

test.each([
  ['does not speak HTTP', 'Hello from server', 'protocol'],
  ['closes without a response', '', 'closed'],
  ['sends 100 Continue without a request for it', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 X\r\n\r\n', 'protocol'],
  [
    'switches protocols without a request for it',
    'HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    'protocol',
  ],
  ['sends two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok', 'protocol'],
  ['sends too long a head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`, 'long'],
])('rejects with a RefusedError if the server %s', async (_title, bytes, code) => {
  const port = await serveBytes(bytes)
  const attempt = request({ url: `127.0.0.1:${port}` })
  await expect(attempt).rejects.toThrow(RefusedError)
  await expect(attempt).rejects.toMatchObject({ code })
})

test('rejects if the body is incomplete', async () => {
  const port = await serveBytes('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
  const response = await request({ url: `127.0.0.1:${port}` })
  await expect(response.text()).rejects.toMatchObject({ name: 'RefusedError', code: 'closed' })
})

test('a server that closes the connection instead of responding may be an https server', async () => {
  const port = await serveBytes('')
  await expect(request({ url: `127.0.0.1:${port}` })).rejects.toThrow(
    'the server closed the connection before it sent the head of a response. If it is an https server, write https://',
  )
})

test.each([
  ['no response', ''],
  ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
])('rejects after the timeout if the server sends %s', async (_title, bytes) => {
  const port = await serveBytes(bytes, 'keep open')
  const attempt = request({ url: `127.0.0.1:${port}` }, { timeout: 500 }).then(response => response.text())
  await expect(attempt).rejects.toMatchObject({ name: 'RefusedError', code: 'timeout' })
})

test.each([
  ['before the response', ''],
  ['within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
])('can be cancelled %s', async (_title, bytes) => {
  const port = await serveBytes(bytes, 'keep open')
  const controller = new AbortController()
  const client = recordEvents()
  const attempt = request({ url: `127.0.0.1:${port}` }, { signal: controller.signal, trace: client.trace })
  const whole = attempt.then(response => response.text())
  whole.catch(() => {})
  await client.until(event => event.kind === 'message' && event.direction === (bytes === '' ? 'request' : 'response'))
  if (bytes !== '') await attempt
  controller.abort(new Error('no longer needed'))
  await expect(whole).rejects.toThrow('no longer needed')
  await client.until(event => event.kind === 'close')
})

test('an invalid URL, method or header field is a usage error', async () => {
  await expect(request({ url: 'ftp://a/' })).rejects.toThrow(UsageError)
  await expect(request({ url: '127.0.0.1:1', method: 'A B' })).rejects.toThrow(UsageError)
  await expect(request({ url: '127.0.0.1:1', headers: { 'a b': 'c' } })).rejects.toThrow(UsageError)
})

test('discarding a body that ends with the connection emits no error', async () => {
  const port = await serveBytes(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(300_000)}`, 'keep open')
  const recorder = recordEvents()
  const response = await request({ url: `127.0.0.1:${port}/` }, { trace: recorder.trace })
  response.discard()
  await recorder.until(event => event.kind === 'close')
  expect(recorder.events.filter(({ kind }) => kind === 'error')).toEqual([])
})
