/** Responses over a stream of HTTP/2 that node:http2 would reject. */
import { once } from 'node:events'
import { connect, createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ResponseFields } from '../../../../servers/http/http2/response-fields.ts'
import { sendHttp2Response } from '../../../../servers/http/http2/send-http2-response.ts'
import type { Response } from '../../../../servers/http/response/response.ts'

/** Requests `/` from a server that passes each stream to `handle`; resolves with the fields of the response. */
async function request(handle: (stream: ServerHttp2Stream) => void): Promise<Readonly<Record<string, unknown>>> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  server.on('stream', handle)
  await once(server, 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => session.destroy())
  const [fields] = await once(session.request(), 'response')
  return fields
}

function send(stream: ServerHttp2Stream, response: Response): Promise<void> {
  const options = { fields: new ResponseFields().of(response), stall: 10_000 }
  return sendHttp2Response(stream, { ':method': 'GET' }, response, options)
}

test('a field that HTTP/2 has only once has its last value; fields of the connection are left out', async () => {
  const headers = ['Location', '/a', 'Location', '/b', 'X', '1', 'X', '2', 'HTTP2-Settings', 'x', 'TE', 'gzip']
  const fields = await request(stream => void send(stream, { status: 302, headers }))
  expect(fields).toMatchObject({ ':status': 302, location: '/b', x: '1, 2' })
  expect(Object.keys(fields)).not.toContain('te')
})

test('a response that cannot be sent leaves the stream open for another one', async () => {
  const fields = await request(stream => {
    send(stream, { status: 200, headers: ['a b', 'c'] }).catch(() => send(stream, { status: 500, headers: [] }))
  })
  expect(fields[':status']).toBe(500)
})
