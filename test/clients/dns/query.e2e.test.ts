import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Socket as TcpSocket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { query } from '../../../clients/dns/index.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { frame } from '../../../shared/dns/frames.ts'
import { type Message, NO_FLAGS } from '../../../shared/dns/message.ts'
import { RefusedError, UnreachableError, UsageError } from '../../../shared/errors.ts'
import type { Target } from '../../../shared/service.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { lines } from '../../servers/dns/zones.ts'
import { record } from '../../shared/dns/messages.ts'
import { at, response, tcpServer, udpServer } from '../../shared/dns/scripted-server.ts'

const ZONE_TEXT = `@ 60 SOA ns host 1 2 3 4 5
@ 60 NS ns
www 60 A 127.0.0.1
long 60 TXT ${Array.from({ length: 10 }, () => `"${'x'.repeat(250)}"`).join(' ')}
`
const TEXT = { port: 0, publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }
const NAME = 'www.fourwire.test'

const ADDRESS = record(NAME, 'A', '127.0.0.7')
const respondTo = (request: Message, changes: Partial<Message> = {}) =>
  response(request, { answers: [ADDRESS], ...changes })

describe('query', () => {
  test('returns the response', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: NAME, server: at(dns.port) })
    expect(reply).toMatchObject({
      rcode: 'NOERROR',
      flags: { aa: true, rd: true },
      questions: [{ name: NAME, type: 'A', class: 'IN' }],
      server: { host: '127.0.0.1', port: dns.port },
      transport: 'udp',
    })
    expect(lines(reply.answers)).toEqual([`${NAME}. 60 IN A 127.0.0.1`])
    expect(reply.size).toBe(encodeMessage(reply).length)
  })

  test('accepts a type in any case, and a name with the trailing dot', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: 'fourwire.test.', type: 'soa', server: { host: dns.host, port: dns.port } })
    expect(lines(reply.answers)).toEqual(['fourwire.test. 60 IN SOA ns.fourwire.test. host.fourwire.test. 1 2 3 4 5'])
  })

  test('sends the query by TCP with tcp: true', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: NAME, tcp: true, server: at(dns.port) })
    expect(reply).toMatchObject({ rcode: 'NOERROR', transport: 'tcp' })
  })

  test('sends ANY by TCP, since a response by UDP can be incomplete', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: 'fourwire.test', type: 'ANY', server: at(dns.port) })
    expect(reply.answers.map(({ type }) => type)).toEqual(['SOA', 'NS'])
  })

  test('repeats the query by TCP if the response is truncated', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: 'long.fourwire.test', type: 'TXT', server: at(dns.port) })
    expect(reply).toMatchObject({ rcode: 'NOERROR', transport: 'tcp', flags: { tc: false } })
    expect(reply.answers.length).toBe(1)
  })

  test('returns responses with an error rcode', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    expect((await query({ name: 'nope.fourwire.test', server: at(dns.port) })).rcode).toBe('NXDOMAIN')
    expect((await query({ name: 'www.elsewhere', server: at(dns.port) })).rcode).toBe('REFUSED')
  })

  test('sends the query where locate resolves the server, also a server by name', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const targets: Target[] = []
    const locate = async (target: Target) => {
      targets.push(target)
      return { host: dns.host, port: dns.port }
    }
    await query({ name: NAME }, { locate })
    await query({ name: NAME, server: 'ns.fourwire.test' }, { locate })
    expect(targets).toMatchObject([{ service: 'dns' }, { service: 'dns', host: 'ns.fourwire.test', port: undefined }])
  })

  test('sends the query by IPv6, and to a host by name', async () => {
    const six = await suiteFor({ services: ['dns'], dns: { ...TEXT, host: '::1' } })
    expect((await query({ name: NAME, server: `[::1]:${six.dns.port}` })).rcode).toBe('NOERROR')
    const named = await suiteFor({ services: ['dns'], dns: { ...TEXT, host: 'localhost' } })
    expect((await query({ name: NAME, server: `localhost:${named.dns.port}` })).rcode).toBe('NOERROR')
  })

  test.each([
    [{ name: 'a..b' }, '"a..b" is not a valid name: empty label'],
    [{ name: 5 as never }, 'invalid name: it must be a string, not 5'],
    [{ name: 'a', type: 'NONSENSE' }, '"NONSENSE" is not a record type'],
    [{ name: 'a', server: 'host:port' }, '"host:port" is not a server'],
  ])('throws a UsageError for %j', async (request, text) => {
    await expect(query(request)).rejects.toThrow(UsageError)
    await expect(query(request)).rejects.toThrow(text)
  })
})

describe('query by UDP', () => {
  test('accepts only a response with the id and the question of the query', async () => {
    const forged = record(NAME, 'A', '6.6.6.6')
    const { port } = await udpServer(request => [
      respondTo(request, { id: request.id ^ 1, answers: [forged] }),
      respondTo(request, { questions: [{ name: 'other.test', type: 'A', class: 'IN' }], answers: [forged] }),
      respondTo(request, { questions: [{ name: NAME, type: 'TXT', class: 'IN' }], answers: [forged] }),
      respondTo(request, { questions: [], answers: [forged] }),
      respondTo(request, { response: false, answers: [forged] }),
      Buffer.from('garbage'),
      respondTo(request),
    ])
    expect((await query({ name: NAME, server: at(port) })).answers).toEqual([ADDRESS])
  })

  test('accepts the question in another case', async () => {
    const { port } = await udpServer(request => [
      respondTo(request, { questions: [{ name: NAME.toUpperCase(), type: 'A', class: 'IN' }] }),
    ])
    expect((await query({ name: NAME, server: at(port) })).answers).toEqual([ADDRESS])
  })

  test('accepts an error without the question, from a server that could not parse it', async () => {
    const { port } = await udpServer(request => [respondTo(request, { rcode: 'FORMERR', questions: [], answers: [] })])
    expect((await query({ name: NAME, server: at(port) })).rcode).toBe('FORMERR')
  })

  test('sends the query up to three times', async () => {
    const { port, queries } = await udpServer((message, tries) => (tries < 3 ? [] : [respondTo(message)]))
    expect((await query({ name: NAME, server: at(port) }, { timeout: 3000 })).answers).toEqual([ADDRESS])
    expect(queries.length).toBe(3)
  })

  test('throws an UnreachableError without a response, and counts the other datagrams', async () => {
    const { port, queries } = await udpServer((_, tries) => (tries === 1 ? [Buffer.from('garbage')] : []))
    const attempt = query({ name: NAME, server: at(port) }, { timeout: 600 })
    await expect(attempt).rejects.toThrow(UnreachableError)
    await expect(attempt).rejects.toThrow(
      `could not reach 127.0.0.1:${port}: it did not answer in 3 tries (datagrams that did not match the query: 1)`,
    )
    expect(queries.length).toBe(3)
  })

  test('throws an UnreachableError at once if the port is closed', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    socket.close()
    await once(socket, 'close')
    // After a timeout, the message would differ.
    const attempt = query({ name: NAME, server: at(port) })
    await expect(attempt).rejects.toThrow(
      `could not reach 127.0.0.1:${port}: connection refused. Is it running? Start it with: fourwire start dns`,
    )
  })

  test('throws an UnreachableError if the host does not exist', async () => {
    await expect(query({ name: NAME, server: 'no-such-host.invalid:5300' })).rejects.toThrow(UnreachableError)
  })

  test('can be aborted', async () => {
    const controller = new AbortController()
    const { port } = await udpServer(() => {
      controller.abort(new Error('no longer needed'))
      return []
    })
    await expect(query({ name: NAME, server: at(port) }, { signal: controller.signal })).rejects.toThrow(
      'no longer needed',
    )
    await expect(query({ name: NAME, server: at(port) }, { signal: controller.signal })).rejects.toThrow(
      'no longer needed',
    )
  })
})

describe('query by TCP', () => {
  const queryByTcp = (port: number, options = {}) => query({ name: NAME, tcp: true, server: at(port) }, options)

  test('accepts a response in pieces', async () => {
    const port = await tcpServer((socket, request) => {
      const bytes = frame(respondTo(request))
      socket.write(bytes.subarray(0, 1))
      setImmediate(() => socket.write(bytes.subarray(1)))
    })
    expect((await queryByTcp(port)).answers).toEqual([ADDRESS])
  })

  test.each<[string, (socket: TcpSocket, request: Message) => void, string]>([
    ['the server closes', socket => socket.end(), 'the name server closed the connection without a response'],
    ['the server resets the connection', socket => socket.resetAndDestroy(), 'the name server failed: read ECONNRESET'],
    [
      'the response is malformed',
      socket => socket.write(frame(Buffer.from('garbage'))),
      'the name server failed: 7 bytes are too few',
    ],
    [
      'the response has another id',
      (socket, request) => socket.write(frame(respondTo(request, { id: request.id ^ 1 }))),
      'another question',
    ],
  ])('throws a RefusedError if %s', async (_, respond, text) => {
    const port = await tcpServer(respond)
    const attempt = queryByTcp(port)
    await expect(attempt).rejects.toThrow(RefusedError)
    await expect(attempt).rejects.toThrow(text)
  })

  test('waits no longer than the timeout', async () => {
    const port = await tcpServer(() => {})
    await expect(queryByTcp(port, { timeout: 500 })).rejects.toThrow(
      'the name server failed: it did not answer in time',
    )
  })

  test('can be aborted', async () => {
    const controller = new AbortController()
    const port = await tcpServer(() => controller.abort(new Error('no longer needed')))
    await expect(queryByTcp(port, { signal: controller.signal })).rejects.toThrow('no longer needed')
  })

  test('throws an UnreachableError if the server listens only by UDP', async () => {
    const { port } = await udpServer(request => [respondTo(request, { flags: { ...NO_FLAGS, tc: true } })])
    await expect(query({ name: NAME, server: at(port) })).rejects.toThrow(UnreachableError)
  })
})

describe('the trace', () => {
  test('has the same lines and conversation at both ends, by UDP', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const [server, client] = [recordEvents(suite.trace), recordEvents()]
    const { id } = await query({ name: NAME, server: at(suite.dns.port) }, { trace: client.trace })
    expect(client.lines()).toEqual([
      `message request ${id} query A ${NAME}`,
      `message response ${id} NOERROR ${NAME} A 127.0.0.1`,
    ])
    expect(client.lines()).toEqual(server.lines())
    expect(new Set([...client.events, ...server.events].map(event => event.conversation)).size).toBe(1)
  })

  test('has the same lines and conversations at both ends, by UDP and then TCP', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const [server, client] = [recordEvents(suite.trace), recordEvents()]
    await query({ name: 'long.fourwire.test', type: 'TXT', server: at(suite.dns.port) }, { trace: client.trace })
    await server.until(event => event.kind === 'close')
    await client.until(event => event.kind === 'close')
    expect(client.lines()).toEqual(server.lines())
    expect(client.lines().map(line => line.split(' ', 2).join(' '))).toEqual([
      'message request',
      'message response',
      'open control',
      'message request',
      'message response',
      'close control',
    ])
    const ids = (events: typeof client.events) => events.map(event => event.conversation)
    expect(ids(client.events)).toEqual(ids(server.events))
  })
})
