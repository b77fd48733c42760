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
import { recordEvents as recordOf, suiteFor } from '../../helpers/suite.ts'
import { lines } from '../../servers/dns/zones.ts'
import { record } from '../../shared/dns/messages.ts'
import { at, response, tcpServer, udpServer } from './scripted.ts'

const ZONE_TEXT = `@ 60 SOA ns host 1 2 3 4 5
@ 60 NS ns
www 60 A 127.0.0.1
long 60 TXT ${Array.from({ length: 10 }, () => `"${'x'.repeat(250)}"`).join(' ')}
`
const TEXT = { port: 0, publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }
const NAME = 'www.fourwire.test'

const ADDRESS = record(NAME, 'A', '127.0.0.7')
const respondTo = (asked: Message, change: Partial<Message> = {}) => response(asked, { answers: [ADDRESS], ...change })

describe('a question', () => {
  test('is answered', async () => {
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

  test('may have its type in any case, and the last dot of its name', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: 'fourwire.test.', type: 'soa', server: { host: dns.host, port: dns.port } })
    expect(lines(reply.answers)).toEqual(['fourwire.test. 60 IN SOA ns.fourwire.test. host.fourwire.test. 1 2 3 4 5'])
  })

  test('may be asked by TCP at once', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: NAME, tcp: true, server: at(dns.port) })
    expect(reply).toMatchObject({ rcode: 'NOERROR', transport: 'tcp' })
  })

  test('for ANY is asked by TCP, since by UDP not all is told', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: 'fourwire.test', type: 'ANY', server: at(dns.port) })
    expect(reply.answers.map(({ type }) => type)).toEqual(['SOA', 'NS'])
  })

  test('whose answer is cut is asked again by TCP', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    const reply = await query({ name: 'long.fourwire.test', type: 'TXT', server: at(dns.port) })
    expect(reply).toMatchObject({ rcode: 'NOERROR', transport: 'tcp', flags: { tc: false } })
    expect(reply.answers.length).toBe(1)
  })

  test('whose answer is an error is answered all the same', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
    expect((await query({ name: 'nope.fourwire.test', server: at(dns.port) })).rcode).toBe('NXDOMAIN')
    expect((await query({ name: 'www.elsewhere', server: at(dns.port) })).rcode).toBe('REFUSED')
  })

  test('goes to the server that locate gives, and a server by name is located too', async () => {
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

  test('goes by IPv6 as well, and to a host by name', async () => {
    const six = await suiteFor({ services: ['dns'], dns: { ...TEXT, host: '::1' } })
    expect((await query({ name: NAME, server: `[::1]:${six.dns.port}` })).rcode).toBe('NOERROR')
    const named = await suiteFor({ services: ['dns'], dns: { ...TEXT, host: 'localhost' } })
    expect((await query({ name: NAME, server: `localhost:${named.dns.port}` })).rcode).toBe('NOERROR')
  })

  test.each([
    [{ name: 'a..b' }, 'that is not a name: "a..b" has an empty label'],
    [{ name: 5 as never }, 'give the name as a string, not 5'],
    [{ name: 'a', type: 'NONSENSE' }, '"NONSENSE" is not a type of records'],
    [{ name: 'a', server: 'host:port' }, '"host:port" is not a server'],
  ])('that makes no sense is wrong usage: %j', async (request, text) => {
    await expect(query(request)).rejects.toThrow(UsageError)
    await expect(query(request)).rejects.toThrow(text)
  })
})

describe('what comes back by UDP', () => {
  test('is believed only with the id and the question that were asked', async () => {
    const forged = record(NAME, 'A', '6.6.6.6')
    const { port } = await udpServer(asked => [
      respondTo(asked, { id: asked.id ^ 1, answers: [forged] }),
      respondTo(asked, { questions: [{ name: 'other.test', type: 'A', class: 'IN' }], answers: [forged] }),
      respondTo(asked, { questions: [{ name: NAME, type: 'TXT', class: 'IN' }], answers: [forged] }),
      respondTo(asked, { questions: [], answers: [forged] }),
      respondTo(asked, { response: false, answers: [forged] }),
      Buffer.from('rubbish'),
      respondTo(asked),
    ])
    expect((await query({ name: NAME, server: at(port) })).answers).toEqual([ADDRESS])
  })

  test('may have the question in another case', async () => {
    const { port } = await udpServer(asked => [
      respondTo(asked, { questions: [{ name: NAME.toUpperCase(), type: 'A', class: 'IN' }] }),
    ])
    expect((await query({ name: NAME, server: at(port) })).answers).toEqual([ADDRESS])
  })

  test('may be an error without the question, from a server that could not read it', async () => {
    const { port } = await udpServer(asked => [respondTo(asked, { rcode: 'FORMERR', questions: [], answers: [] })])
    expect((await query({ name: NAME, server: at(port) })).rcode).toBe('FORMERR')
  })

  test('is waited for three times', async () => {
    const { port, asked } = await udpServer((message, tries) => (tries < 3 ? [] : [respondTo(message)]))
    expect((await query({ name: NAME, server: at(port) }, { timeout: 1500 })).answers).toEqual([ADDRESS])
    expect(asked.length).toBe(3)
  })

  test('is nothing: the server is unreachable, and what came otherwise is counted', async () => {
    const { port, asked } = await udpServer((_, tries) => (tries === 1 ? [Buffer.from('rubbish')] : []))
    const attempt = query({ name: NAME, server: at(port) }, { timeout: 600 })
    await expect(attempt).rejects.toThrow(UnreachableError)
    await expect(attempt).rejects.toThrow(
      `could not reach 127.0.0.1:${port}: it did not answer in 3 tries (1 datagrams came that were no reply to it)`,
    )
    expect(asked.length).toBe(3)
  })

  test('is a refusal: the server is unreachable at once', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    socket.close()
    await once(socket, 'close')
    // Waiting for it in vain would be told in other words.
    const attempt = query({ name: NAME, server: at(port) })
    await expect(attempt).rejects.toThrow(
      `could not reach 127.0.0.1:${port}: connection refused. Is it running? Start it with: fourwire start dns`,
    )
  })

  test('a host that there is not is unreachable', async () => {
    await expect(query({ name: NAME, server: 'no-such-host.invalid:5300' })).rejects.toThrow(UnreachableError)
  })

  test('can be given up', async () => {
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

describe('what comes back by TCP', () => {
  const ask = (port: number, options = {}) => query({ name: NAME, tcp: true, server: at(port) }, options)

  test('may come in pieces', async () => {
    const port = await tcpServer((socket, asked) => {
      const bytes = frame(respondTo(asked))
      socket.write(bytes.subarray(0, 1))
      setImmediate(() => socket.write(bytes.subarray(1)))
    })
    expect((await ask(port)).answers).toEqual([ADDRESS])
  })

  test.each<[string, (socket: TcpSocket, asked: Message) => void, string]>([
    ['nothing', socket => socket.end(), 'the name server closed without an answer'],
    ['a reset', socket => socket.resetAndDestroy(), 'the name server failed: read ECONNRESET'],
    ['rubbish', socket => socket.write(frame(Buffer.from('rubbish'))), 'the name server failed: 7 bytes are too few'],
    ['another id', (socket, asked) => socket.write(frame(respondTo(asked, { id: asked.id ^ 1 }))), 'another question'],
  ])('is %s: the server refused', async (_, answer, text) => {
    const port = await tcpServer(answer)
    const attempt = ask(port)
    await expect(attempt).rejects.toThrow(RefusedError)
    await expect(attempt).rejects.toThrow(text)
  })

  test('is not waited for longer than was said', async () => {
    const port = await tcpServer(() => {})
    await expect(ask(port, { timeout: 500 })).rejects.toThrow('the name server failed: it did not answer in time')
  })

  test('can be given up', async () => {
    const controller = new AbortController()
    const port = await tcpServer(() => controller.abort(new Error('no longer needed')))
    await expect(ask(port, { signal: controller.signal })).rejects.toThrow('no longer needed')
  })

  test('is nobody: the server is unreachable', async () => {
    const { port } = await udpServer(asked => [respondTo(asked, { flags: { ...NO_FLAGS, tc: true } })])
    await expect(query({ name: NAME, server: at(port) })).rejects.toThrow(UnreachableError)
  })
})

describe('the conversation', () => {
  test('has the same lines and the same id at both ends, by UDP', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const [server, client] = [recordOf(suite.trace), recordOf()]
    const { id } = await query({ name: NAME, server: at(suite.dns.port) }, { trace: client.trace })
    expect(client.lines()).toEqual([
      `message request ${id} query A ${NAME}`,
      `message response ${id} NOERROR ${NAME} A 127.0.0.1`,
    ])
    expect(client.lines()).toEqual(server.lines())
    expect(new Set([...client.events, ...server.events].map(event => event.conversation)).size).toBe(1)
  })

  test('has the same lines and the same ids at both ends, by UDP and then TCP', async () => {
    const suite = await suiteFor({ services: ['dns'], dns: TEXT })
    const [server, client] = [recordOf(suite.trace), recordOf()]
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
