/** The trace of the HTTP server, also if it is switched on and off within a connection. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { EventRecorder, recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

const GET = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

/** Reads one response with a body of `length` bytes; returns the body. */
async function readResponse(wire: Wire, length: number): Promise<string> {
  while ((await wire.line()) !== '') {}
  return wire.read(length)
}

test('numbers pipelined requests and their responses alike', async () => {
  const suite = await suiteFor({ services: ['http'] })
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.http.port)
  wire.send(
    'HEAD /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  )
  await wire.readToEnd()
  wire.socket.end()
  await recorder.until(event => event.kind === 'close')
  // Both requests arrived together; the second one is parsed when the first one has its response.
  const [first, , second] = recorder.events.slice(1)
  expect(second?.time).toBe(first?.time)
  expect(recorder.lines()).toEqual([
    'open control',
    'message request 1 HEAD /files/hello.txt HTTP/1.1',
    'message response 1 HTTP/1.1 200 OK (text/plain; charset=utf-8, 21 bytes)',
    'message request 2 GET /nope HTTP/1.1',
    'message response 2 HTTP/1.1 404 Not Found (text/plain; charset=utf-8, 40 bytes)',
    'transfer response 2 40 bytes of text/plain; charset=utf-8',
    'close control',
  ])
})

test('masks the secrets of a request', async () => {
  const suite = await suiteFor({ services: ['http'] })
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.http.port)
  wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\r\nCookie: id=s3cret\r\n\r\n')
  const event = await recorder.until(({ kind }) => kind === 'message')
  const bytes = 'bytes' in event ? Buffer.from(event.bytes).toString() : ''
  expect(bytes).toBe('GET /healthz HTTP/1.1\r\nHost: a\r\nAuthorization: ***\r\nCookie: ***\r\n\r\n')
})

test('emits an error for bytes that cannot be parsed, and the response to them', async () => {
  const suite = await suiteFor({ services: ['http'] })
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.http.port)
  wire.send('\x16\x03\x01\x02\x00')
  await wire.readToEnd()
  wire.socket.end()
  await recorder.until(event => event.kind === 'close')
  expect(recorder.events.map(event => event.summary)).toEqual([
    expect.stringContaining('connected to'),
    'no valid request: This is not an HTTP request.',
    'HTTP/1.1 400 Bad Request (text/plain; charset=utf-8, 45 bytes)',
    '45 bytes of text/plain; charset=utf-8',
    'connection closed',
  ])
})

test('emits whole exchanges and changes no response if it is switched on and off between requests', async () => {
  const suite = await suiteFor({ services: ['http'] })
  const wire = await Wire.connect(suite.http.port)
  const exchange = async () => {
    wire.send(GET('/files/hello.txt'))
    expect(await readResponse(wire, 21)).toBe('Hello from Fourwire.\n')
  }
  await exchange()
  for (let round = 0; round < 3; round++) {
    const lines: string[] = []
    const off = suite.trace.on(event => lines.push(`${event.kind} ${event.summary}`))
    await exchange()
    off()
    await exchange()
    expect(lines).toEqual([
      expect.stringMatching(/^open /),
      'message GET /files/hello.txt HTTP/1.1',
      'message HTTP/1.1 200 OK (text/plain; charset=utf-8, 21 bytes)',
      'transfer 21 bytes of text/plain; charset=utf-8',
    ])
  }
})

test('emits the next exchange if it is switched on within a body', async () => {
  const suite = await suiteFor({ services: ['http'] })
  const size = 32 * 1024 * 1024
  await writeFile(path.join(suite.dataFolder, 'www/large.bin'), Buffer.alloc(size))
  const wire = await Wire.connect(suite.http.port)
  wire.send(GET('/large.bin'))
  while ((await wire.line()) !== '') {}
  await wire.read(1000)
  const recorder = new EventRecorder(suite.trace)
  await wire.read(size - 1000)
  wire.send(GET('/healthz'))
  expect(JSON.parse(await readResponse(wire, 21))).toEqual({ status: 'ok' })
  wire.socket.end()
  await recorder.until(event => event.kind === 'close')
  expect(recorder.events.map(event => event.summary)).toEqual([
    expect.stringContaining('connected to'),
    'GET /healthz HTTP/1.1',
    'HTTP/1.1 200 OK (application/json; charset=utf-8, 21 bytes)',
    '21 bytes of application/json; charset=utf-8',
    'connection closed',
  ])
})
