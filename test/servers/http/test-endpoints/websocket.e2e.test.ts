/** The WebSocket endpoint: messages, bounds and close codes, with the client of `ws` and with raw frames. */
import { once } from 'node:events'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { MAX_WEB_SOCKETS } from '../../../../servers/http/test-endpoints/bounds.ts'
import { type Suite, startSuite } from '../../../../shared/launcher/index.ts'
import { afterAllTests } from '../../../helpers/cli.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'

let suite: Suite<'http'>
const cleanup = afterAllTests()

beforeAll(async () => {
  suite = await startSuite({ services: ['http'] })
  cleanup(() => suite.close())
})

async function connect(query = '', { http } = suite): Promise<WebSocket> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${http.port}/test/websocket/echo${query}`)
  onTestFinished(() => webSocket.terminate())
  await once(webSocket, 'open')
  return webSocket
}

/** Resolves with the code and the reason of the close frame. */
async function closeOf(webSocket: WebSocket): Promise<[number, string]> {
  const [code, reason] = await once(webSocket, 'close')
  return [code, reason.toString()]
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

const handshake = (fields: Readonly<Record<string, string>> = {}) => {
  const all = { Host: 'a', Connection: 'keep-alive, Upgrade', Upgrade: 'WebSocket', 'Sec-WebSocket-Version': '13' }
  const lines = Object.entries({ ...all, 'Sec-WebSocket-Key': KEY, ...fields }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return `GET /test/websocket/echo HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

/** A frame with the mask 0, which does not change the payload. */
const frame = (firstByte: number, payload: Uint8Array) =>
  Buffer.concat([Buffer.from([firstByte, 0x80 | payload.length, 0, 0, 0, 0]), payload])

/** Opens a connection and sends bytes; resolves with all that the server sends until it closes, without the head. */
async function exchange(bytes: Uint8Array): Promise<Buffer> {
  const wire = await Wire.connect(suite.http.port)
  // Together, so that the server has the frames before it has handed the connection over.
  wire.send(Buffer.concat([Buffer.from(handshake()), bytes]))
  const all = await wire.readToEnd()
  return Buffer.from(all.slice(all.indexOf('\r\n\r\n') + 4), 'latin1')
}

const CLOSE = 0x88
const closeFrame = (code: number) => frame(CLOSE, Buffer.from([code >> 8, code & 0xff]))

describe('messages', () => {
  test.each([
    ['text', 'Grüße', false],
    ['a message of bytes', Buffer.from([0, 255, 1]), true],
    ['an empty message', '', false],
    ['a long message', Buffer.alloc(512 * 1024, 7), true],
  ])('%s is sent back', async (_, message, isBinary) => {
    const webSocket = await connect()
    webSocket.send(message)
    const [data, binary] = await once(webSocket, 'message')
    expect({ data: data.equals(Buffer.from(message)), binary }).toEqual({ data: true, binary: isBinary })
  })

  test('keep their order, also if they arrive together', async () => {
    const webSocket = await connect('?max_fragment_size=3')
    const received: string[] = []
    webSocket.on('message', data => received.push(data.toString()))
    const sent = Array.from({ length: 200 }, (_, index) => `message ${index}`)
    // The client sends each in fragments of one frame, within the bound.
    for (const text of sent) {
      for (let first = 0; first < text.length; first += 3) {
        webSocket.send(text.slice(first, first + 3), { fin: first + 3 >= text.length })
      }
    }
    while (received.length < sent.length) await once(webSocket, 'message')
    expect(received).toEqual(sent)
  })

  test('are sent back in fragments of the bound', async () => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(handshake().replace('/echo', '/echo?max_fragment_size=2'))
    wire.send(frame(0x01, Buffer.from('ab')))
    wire.send(frame(0x80, Buffer.from('c')))
    wire.send(closeFrame(1000))
    const all = await wire.readToEnd()
    const bytes = Buffer.from(all.slice(all.indexOf('\r\n\r\n') + 4), 'latin1')
    expect(bytes).toEqual(Buffer.from([0x01, 2, 97, 98, 0x80, 1, 99, CLOSE, 2, 1000 >> 8, 1000 & 0xff]))
  })

  test('a ping gets a pong with the same payload, and a pong gets nothing', async () => {
    const bytes = await exchange(
      Buffer.concat([frame(0x8a, Buffer.from('x')), frame(0x89, Buffer.from('y')), closeFrame(1000)]),
    )
    expect(bytes).toEqual(Buffer.from([0x8a, 1, 121, CLOSE, 2, 1000 >> 8, 1000 & 0xff]))
  })

  test('a burst of pings gets all its pongs', async () => {
    const pings = Array.from({ length: 200 }, () => frame(0x89, Buffer.from('p')))
    const bytes = await exchange(Buffer.concat([...pings, closeFrame(1000)]))
    expect(bytes.toString('hex')).toBe(`${'8a0170'.repeat(200)}880203e8`)
  })

  test('thousands of tiny messages in one read do not stop the server from serving others', async () => {
    const messages = 9000
    const [flood, other] = [await Wire.connect(suite.http.port), await Wire.connect(suite.http.port)]
    flood.send(handshake())
    while ((await flood.line()) !== '') {}
    let received = 0
    flood.socket.on('data', text => {
      received += text.length
    })
    flood.send(Buffer.concat(Array.from({ length: messages }, () => frame(0x82, Buffer.from('x')))))
    other.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await other.line()).toBe('HTTP/1.1 200 OK')
    const before = received
    await flood.read(3 * messages)
    expect(before).toBeLessThan((3 * messages) / 2)
    expect(received).toBe(3 * messages)
  })

  test('a client that does not read stops the server from reading, and gets all messages later', async () => {
    const webSocket = await connect()
    const message = Buffer.alloc(512 * 1024, 1)
    let received = 0
    webSocket.on('message', () => {
      received += 1
    })
    webSocket.pause()
    for (let index = 0; index < 40; index += 1) webSocket.send(message)
    // The system buffers a few megabytes of the 20; the rest waits in this process, because the server does not read it.
    await expect.poll(() => webSocket.bufferedAmount).toBeLessThan(20 * 1024 * 1024)
    expect(webSocket.bufferedAmount).toBeGreaterThan(1024 * 1024)
    webSocket.resume()
    while (received < 40) await once(webSocket, 'message')
    expect(webSocket.bufferedAmount).toBe(0)
  })
})

describe('the close code is', () => {
  test('that of the client', async () => {
    const webSocket = await connect()
    webSocket.close(4321, 'bye')
    expect(await closeOf(webSocket)).toEqual([4321, 'bye'])
  })

  test('1009 for a message that is too long', async () => {
    const webSocket = await connect('?max_message_size=10')
    webSocket.send('x'.repeat(5), { fin: false })
    webSocket.send('x'.repeat(5), { fin: false })
    webSocket.send('x', { fin: true })
    expect(await closeOf(webSocket)).toEqual([1009, ''])
  })

  test('1009 for a frame that is too long', async () => {
    const webSocket = await connect('?max_fragment_size=10')
    webSocket.send('x'.repeat(11))
    expect(await closeOf(webSocket)).toEqual([1009, 'A frame of 11 bytes is longer than 10.'])
  })

  test.each([
    [1007, 'text that is not UTF-8', frame(0x81, Buffer.from([0xff]))],
    [1002, 'a frame without a mask', Buffer.from([0x81, 1, 97])],
    [1002, 'a reserved bit', frame(0xc1, Buffer.from('x'))],
    [1002, 'an unknown opcode', frame(0x83, Buffer.from('x'))],
    [1002, 'a continuation without a start', frame(0x80, Buffer.from('x'))],
    [1002, 'a ping in fragments', frame(0x09, Buffer.from('x'))],
    [1002, 'a close code that is not valid', closeFrame(1005)],
  ])('%i for %s', async (code, _, bytes) => {
    const response = await exchange(bytes)
    expect({ opcode: response[0], code: response.readUInt16BE(2) }).toEqual({ opcode: CLOSE, code })
  })

  test('1001 when the server closes', async () => {
    const own = await suiteFor({ services: ['http'] })
    const webSocket = await connect('', own)
    const closed = closeOf(webSocket)
    await own.close()
    expect(await closed).toEqual([1001, 'The server is closing.'])
  })
})

describe('the handshake', () => {
  test('sends the key of RFC 6455, section 1.3, and the first subprotocol', async () => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(handshake({ 'Sec-WebSocket-Protocol': 'chat, superchat' }))
    await wire.play(`
      S: HTTP/1.1 101 Switching Protocols
      S: Upgrade: websocket
      S: Connection: Upgrade
      S: Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
      S: Sec-WebSocket-Protocol: chat
    `)
  })

  test('can list other protocols beside WebSocket (RFC 9110, section 7.8)', async () => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(handshake({ Upgrade: 'h2c, WebSocket' }))
    expect(await wire.line()).toBe('HTTP/1.1 101 Switching Protocols')
  })

  test.each([
    ['Connection', 'keep-alive', '400 Bad Request'],
    ['Upgrade', 'h2c', '400 Bad Request'],
    ['Sec-WebSocket-Version', '12', '426 Upgrade Required'],
    ['Sec-WebSocket-Key', 'x', '400 Bad Request'],
  ])('with %s: %s gets %s, and the connection stays open', async (name, value, status) => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(handshake({ [name]: value }))
    expect(await wire.line()).toBe(`HTTP/1.1 ${status}`)
    wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    const rest = await wire.readToEnd()
    expect(rest).toMatch(new RegExp(`Sec-WebSocket-Version: 13\\r\\n.*${name}.*HTTP/1\\.1 200 OK`, 's'))
  })

  test('with another version, the response names the protocol to which the connection can be upgraded', async () => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(handshake({ 'Sec-WebSocket-Version': '12' }))
    wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await wire.readToEnd()).toMatch(
      /^HTTP\/1\.1 426 .*\r\nUpgrade: websocket\r\n.*\r\nConnection: upgrade, keep-alive\r\n/s,
    )
  })

  test('gets 503 while there are too many connections', async () => {
    const own = await suiteFor({ services: ['http'] })
    const open = await Promise.all(Array.from({ length: MAX_WEB_SOCKETS }, () => connect('', own)))
    const refused = new WebSocket(`ws://127.0.0.1:${own.http.port}/test/websocket/echo`)
    const [error] = await once(refused, 'error')
    expect(error.message).toBe('Unexpected server response: 503')
    open[0]?.close()
    await expect.poll(async () => (await connect('', own)).readyState).toBe(WebSocket.OPEN)
  })

  test('is not possible over HTTP/1.0', async () => {
    const wire = await Wire.connect(suite.http.port)
    wire.send(handshake({ Connection: 'Upgrade, close' }).replace('HTTP/1.1', 'HTTP/1.0'))
    expect(await wire.readToEnd()).toMatch(/^HTTP\/1\.1 400 .*needs HTTP\/1\.1\./s)
  })
})
