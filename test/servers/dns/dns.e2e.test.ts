import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { dns } from '../../../servers/dns/index.ts'
import { Connection } from '../../../servers/dns/transport/connection.ts'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { frame } from '../../../shared/dns/frames.ts'
import type { Message } from '../../../shared/dns/message.ts'
import { BindError } from '../../../shared/errors.ts'
import { startSuite } from '../../../shared/launcher/index.ts'
import { silentLog } from '../../../shared/log.ts'
import { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import { createTestContext } from '../../helpers/context.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { message } from '../../shared/dns/messages.ts'
import { lines } from './zones.ts'

const ZONE_TEXT = `@ 60 SOA ns host 1 2 3 4 5
@ 60 NS ns
www 60 A 127.0.0.1
long 60 TXT ${Array.from({ length: 60 }, () => `"${'x'.repeat(250)}"`).join(' ')}
`
const TEXT = { port: 0, publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }

/** A bare UDP socket that asks the server. */
async function udp(
  port: number,
  host = '127.0.0.1',
): Promise<{ socket: Socket; ask(bytes: Uint8Array): Promise<Buffer> }> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  onTestFinished(() => {
    socket.close()
  })
  socket.connect(port, host)
  await once(socket, 'connect')
  return {
    socket,
    async ask(bytes) {
      socket.send(bytes)
      const [response] = await once(socket, 'message')
      return response
    },
  }
}

const query = (change: Partial<Message> = {}) => encodeMessage(message(change))
const ask = (name: string, type: 'A' | 'AAAA' | 'TXT' | 'SRV' | 'SOA') =>
  query({ questions: [{ name, type, class: 'IN' }] })

/** Messages that come on a TCP connection, as they come. */
async function* responses(wire: Wire): AsyncGenerator<Message> {
  let bytes = Buffer.alloc(0)
  for await (const text of wire.socket) {
    bytes = Buffer.concat([bytes, Buffer.from(text, 'latin1')])
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0)
      yield decodeMessage(bytes.subarray(2, end))
      bytes = bytes.subarray(end)
    }
  }
}

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('over UDP', () => {
  test('a query is answered', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const { ask } = await udp(dns.port)
    expect(lines(decodeMessage(await ask(query())).answers)).toEqual(['www.fourwire.test. 60 IN A 127.0.0.1'])
  })

  test('what is no query harms nothing, and the next one is answered', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const { socket, ask } = await udp(dns.port)
    for (const rubbish of ['', 'x', 'GET / HTTP/1.1\r\n\r\n', '\0'.repeat(1400)])
      socket.send(Buffer.from(rubbish, 'latin1'))
    socket.send(query({ id: 1, response: true }))
    const [first] = await once(socket, 'message')
    // "GET / HTTP/1.1" has a header: its id is "GE", and its opcode none that is served.
    expect(decodeMessage(first)).toMatchObject({ id: 0x4745, rcode: 'NOTIMP' })
    const [second] = await once(socket, 'message')
    expect(decodeMessage(second)).toMatchObject({ id: 0, rcode: 'FORMERR' })
    expect(decodeMessage(await ask(query({ id: 2 })))).toMatchObject({ id: 2, rcode: 'NOERROR' })
  })

  test('an answer that is too long is cut, and TC says so', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const client = await udp(dns.port)
    expect(decodeMessage(await client.ask(ask('long.fourwire.test', 'TXT')))).toMatchObject({
      answers: [],
      flags: { tc: true },
    })
  })
})

describe('over TCP', () => {
  test('queries sent at once are answered in their order', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    wire.send(Buffer.concat([1, 2, 3].map(id => frame(query({ id })))))
    const got = responses(wire)
    for (const id of [1, 2, 3]) expect((await got.next()).value).toMatchObject({ id, rcode: 'NOERROR' })
  })

  test('a query that comes byte by byte is one', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    for (const byte of frame(query())) {
      wire.send(Uint8Array.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }
    expect((await responses(wire).next()).value).toMatchObject({ id: 0x1234, rcode: 'NOERROR' })
  })

  test('a client that closes its side after asking has its answers all the same', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    const got = responses(wire)
    wire.socket.end(Buffer.concat([1, 2].map(id => frame(query({ id })))))
    expect((await got.next()).value).toMatchObject({ id: 1 })
    expect((await got.next()).value).toMatchObject({ id: 2 })
    expect((await got.next()).done).toBe(true)
  })

  test('a client that asks for much and reads nothing is read no further, and has it all when it reads', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    wire.socket.pause()
    const COUNT = 2000
    const all = Array.from({ length: COUNT }, (_, id) =>
      frame(query({ id, questions: [{ name: 'long.fourwire.test', type: 'TXT', class: 'IN' }] })),
    )
    wire.send(Buffer.concat(all))
    const got = responses(wire)
    for (let id = 0; id < COUNT; id++) expect((await got.next()).value?.id).toBe(id)
  })

  test.each([
    ['an empty message', Buffer.from([0, 0])],
    ['a response', frame(query({ response: true }))],
    ['rubbish', frame(Buffer.from('rubbish'))],
  ])('a client that sends %s is cut off, and others are served on', async (_, bytes) => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const wire = await Wire.connect(dns.port)
    wire.send(bytes)
    expect(await wire.readToEnd()).toBe('')
    const other = await Wire.connect(dns.port)
    other.send(frame(query()))
    expect((await responses(other).next()).value).toMatchObject({ rcode: 'NOERROR' })
  })

  test('a client that takes too long for a query is cut off, even if it sends a byte now and then', async () => {
    const idle = createServer(
      socket =>
        new Connection(socket, new ConnectionGuard(socket, silentLog, 'dns'), () => undefined, { idleTime: 100 }),
    ).listen(0, '127.0.0.1')
    onTestFinished(() => {
      idle.close()
    })
    await once(idle, 'listening')
    const wire = await Wire.connect((idle.address() as { port: number }).port)
    const trickle = setInterval(() => wire.send(Uint8Array.of(1)), 20)
    onTestFinished(() => clearInterval(trickle))
    expect(await wire.readToEnd()).toBe('')
  })
})

describe('the sockets', () => {
  test('UDP and TCP have one port, and are told as two endpoints', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    expect(dns.endpoints.map(({ transport, port, url }) => ({ transport, port, url }))).toEqual([
      { transport: 'udp', port: dns.port, url: `dns://127.0.0.1:${dns.port}/` },
      { transport: 'tcp', port: dns.port, url: `dns://127.0.0.1:${dns.port}/` },
    ])
  })

  test('IPv6 is served, and addresses published are AAAA', async () => {
    const { dns, hello } = await suiteFor({ services: ['hello', 'dns'], host: '::1' })
    expect(dns.host).toBe('::1')
    const client = await udp(dns.port, '::1')
    expect(lines(decodeMessage(await client.ask(ask('hello.fourwire.test', 'AAAA'))).answers)).toEqual([
      'hello.fourwire.test. 5 IN AAAA ::1',
    ])
    expect(hello.host).toBe('::1')
  })

  test.each(['udp', 'tcp'])(
    'a port that is taken for %s is an error that names it, and nothing stays bound',
    async taken => {
      const holder = createServer().listen(0, '127.0.0.1')
      await once(holder, 'listening')
      const { port } = holder.address() as { port: number }
      const datagrams = createSocket('udp4')
      onTestFinished(() => {
        holder.close()
        datagrams.close()
      })
      if (taken === 'udp') {
        datagrams.bind(port, '127.0.0.1')
        await once(datagrams, 'listening')
        holder.close()
        await once(holder, 'close')
      }
      const start = startSuite({ services: ['dns'], dns: { ...TEXT, port } })
      await expect(start).rejects.toThrow(BindError)
      await expect(start).rejects.toThrow(`cannot listen on 127.0.0.1:${port} (dns): port in use`)
    },
  )

  test('closing ends idle connections at once and frees the port', async () => {
    const suite = await startSuite({ services: ['dns'], dns: TEXT, drainTime: 60_000 })
    // A stopped clock: whatever only a timer would end, as by being idle for too long, will never end.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const wire = await Wire.connect(suite.dns.port)
    wire.send(frame(query()))
    await once(wire.socket, 'data')
    await suite.close()
    vi.useRealTimers()
    await wire.readToEnd()
    const again = await startSuite({ services: ['dns'], dns: { ...TEXT, port: suite.dns.port } })
    await again.close()
  })

  test('closing does not wait for a client that never reads longer than the drain time', async () => {
    const { context } = await createTestContext({ drainTime: 50 })
    const service = dns.create(dns.options.parse(TEXT), context)
    const port = (await service.listen())[0]?.port ?? 0
    // A clock that goes on by the drain time and no further: not to where the connection has been idle for too long.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const wire = await Wire.connect(port)
    wire.socket.pause()
    const long = ask('long.fourwire.test', 'TXT')
    const arrived = recordEvents(context.trace).until(
      event => event.kind === 'message' && event.direction === 'response',
    )
    wire.send(Buffer.concat(Array.from({ length: 2000 }, () => frame(long))))
    await arrived
    const closed = service.close()
    await vi.advanceTimersByTimeAsync(50)
    await closed
  })

  test('a hundred suites start and close, one after the other', async () => {
    for (let count = 0; count < 100; count++) {
      const suite = await startSuite({ services: ['dns'], dns: TEXT })
      await suite.close()
    }
  })
})

describe('the zones', () => {
  test('a data folder without zones gets a sample', async () => {
    const data = await dataFolder()
    const { dns } = await suiteFor({ services: ['dns'], data })
    expect(await readFile(path.join(data, 'zones', 'fourwire.test.zone'), 'utf8')).toContain('$ORIGIN fourwire.test.')
    const client = await udp(dns.port)
    expect(lines(decodeMessage(await client.ask(ask('any.wild.fourwire.test', 'A'))).answers)).toEqual([
      'any.wild.fourwire.test. 3600 IN A 127.0.0.13',
    ])
  })

  test('each file is the zone of its name, and other files are none', async () => {
    const data = await dataFolder()
    await mkdir(path.join(data, 'zones'))
    await writeFile(
      path.join(data, 'zones', 'one.test.zone'),
      '@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.other.\nwww 60 A 127.0.0.1\n',
    )
    await writeFile(
      path.join(data, 'zones', 'two.test.zone'),
      '@ 60 SOA a b 1 2 3 4 5\n@ 60 NS ns.other.\nwww 60 A 127.0.0.2\n',
    )
    await writeFile(path.join(data, 'zones', 'notes.txt'), 'not a zone')
    const { dns } = await suiteFor({ services: ['dns'], data })
    const client = await udp(dns.port)
    expect(lines(decodeMessage(await client.ask(ask('www.one.test', 'A'))).answers)).toEqual([
      'www.one.test. 60 IN A 127.0.0.1',
    ])
    expect(lines(decodeMessage(await client.ask(ask('www.two.test', 'A'))).answers)).toEqual([
      'www.two.test. 60 IN A 127.0.0.2',
    ])
    expect(decodeMessage(await client.ask(ask('fourwire.test', 'SOA'))).rcode).toBe('NOERROR')
  })

  test('a bad zone is refused with file and line, and nothing is served', async () => {
    const data = await dataFolder()
    await mkdir(path.join(data, 'zones'))
    const file = path.join(data, 'zones', 'bad.test.zone')
    await writeFile(file, '@ 60 SOA a b 1 2 3 4 5\nwww 60 A 127.0.0\n')
    await expect(startSuite({ services: ['dns'], data })).rejects.toThrow(
      `${file}:2: "127.0.0" is not an IPv4 address, in: www 60 A 127.0.0`,
    )
  })

  test('a zone given with a name that is none is refused', async () => {
    const zones = [{ origin: 'a..b', text: '' }]
    await expect(startSuite({ services: ['dns'], dns: { zones } })).rejects.toThrow('has an empty label')
  })

  test('zones given take the place of the files, and without publishing nothing is added', async () => {
    const { dns, dataFolder } = await suiteFor({ services: ['hello', 'dns'], dns: TEXT })
    const client = await udp(dns.port)
    expect(decodeMessage(await client.ask(ask('hello.fourwire.test', 'A'))).rcode).toBe('NXDOMAIN')
    await expect(readFile(path.join(dataFolder, 'zones'))).rejects.toThrow('ENOENT')
  })

  test('services that start and stop while it runs come and go', async () => {
    const suite = await suiteFor({ services: ['hello', 'dns'] })
    const client = await udp(suite.dns.port)
    const rcode = async () => decodeMessage(await client.ask(ask('hello.fourwire.test', 'A'))).rcode
    const all = suite.directory.endpoints()
    expect(await rcode()).toBe('NOERROR')
    suite.directory.publish(all.filter(({ service }) => service !== 'hello'))
    expect(await rcode()).toBe('NXDOMAIN')
    suite.directory.publish(all)
    expect(await rcode()).toBe('NOERROR')
    const { answers } = decodeMessage(await client.ask(ask('_hello._tcp.hello.fourwire.test', 'SRV')))
    expect(lines(answers)).toEqual([
      `_hello._tcp.hello.fourwire.test. 5 IN SRV 0 0 ${suite.hello.port} hello.fourwire.test.`,
    ])
  })
})

test('a query that makes the answering fail gets SERVFAIL, its stack is in the log, and the next one is answered', async () => {
  const { context, logged } = await createTestContext()
  const service = dns.create(dns.options.parse({ port: 0 }), context)
  onTestFinished(() => service.close())
  const client = await udp((await service.listen())[0]?.port ?? 0)
  // No such port can be written, so the answer cannot.
  const impossible = {
    service: 'hello',
    scheme: 'tcp',
    transport: 'tcp',
    host: '127.0.0.1',
    port: 70_000,
    url: '',
  } as const
  context.directory.publish([impossible])
  const failed = decodeMessage(await client.ask(ask('_hello._tcp.fourwire.test', 'SRV')))
  expect(failed).toMatchObject({ id: 0x1234, rcode: 'SERVFAIL', questions: [{ type: 'SRV' }] })
  expect(logged.map(line => JSON.parse(line))).toMatchObject([{ err: { stack: expect.stringContaining('encode.') } }])
  expect(decodeMessage(await client.ask(ask('hello.fourwire.test', 'A')))).toMatchObject({ rcode: 'NOERROR' })
})

test('a service bound to all addresses is published with those of the machine, or loopback where it has no other', async () => {
  const suite = await suiteFor({ services: ['hello', 'dns'], host: '0.0.0.0' })
  const client = await udp(suite.dns.port)
  const { answers } = decodeMessage(await client.ask(ask('hello.fourwire.test', 'A')))
  const own = Object.values(os.networkInterfaces()).flatMap(all => all ?? [])
  const outside = own.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address)
  expect(answers.map(({ data }) => data)).toEqual(outside.length > 0 ? outside : ['127.0.0.1'])
})

describe('the conversation', () => {
  test('over UDP is told a datagram at a time, with the id as the exchange', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const recorder = recordEvents(suite.trace)
    const { socket, ask } = await udp(suite.dns.port)
    await ask(query())
    expect(recorder.lines()).toEqual([
      'message request 4660 query A www.fourwire.test',
      'message response 4660 NOERROR www.fourwire.test A 127.0.0.1',
    ])
    const { port } = socket.address()
    expect(recorder.events[0]?.conversation).toBe(`dns:127.0.0.1:${port}>127.0.0.1:${suite.dns.port}`)
  })

  test('with a server bound to all addresses has the address that the client asked', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: { ...TEXT, host: '0.0.0.0' } })
    const recorder = recordEvents(suite.trace)
    const { socket, ask } = await udp(suite.dns.port)
    await ask(query())
    const { port } = socket.address()
    expect(recorder.events[0]?.conversation).toBe(`dns:127.0.0.1:${port}>127.0.0.1:${suite.dns.port}`)
  })

  test('over TCP is told from open to close', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const recorder = recordEvents(suite.trace)
    const wire = await Wire.connect(suite.dns.port)
    wire.socket.end(frame(query()))
    await recorder.until(event => event.kind === 'close')
    expect(recorder.lines()).toEqual([
      'open control',
      'message request 4660 query A www.fourwire.test',
      'message response 4660 NOERROR www.fourwire.test A 127.0.0.1',
      'close control',
    ])
  })

  test('tells what is no message as an error', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const recorder = recordEvents(suite.trace)
    const { socket } = await udp(suite.dns.port)
    socket.send('rubbish')
    expect(await recorder.until(event => event.kind === 'error')).toMatchObject({
      summary: expect.stringContaining('too few'),
    })
  })
})
