import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type DnsTransfer, transfer } from '../../../clients/dns/index.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { frame } from '../../../shared/dns/frames.ts'
import type { DnsRecord, Message } from '../../../shared/dns/message.ts'
import { printRecord } from '../../../shared/dns/print.ts'
import { RefusedError, UnreachableError, UsageError } from '../../../shared/errors.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { freePort } from '../../helpers/free-port.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { record } from '../../shared/dns/messages.ts'
import { at, response, tcpServer } from '../../shared/dns/scripted-server.ts'

const ZONE = 'fourwire.test'
const SECRET = Buffer.from('a secret of some length').toString('base64')
const KEY = `hmac-sha256:transfer:${SECRET}`
const ZONE_TEXT = '@ 60 SOA ns host 7 2 3 4 5\n@ 60 NS ns\nns 60 A 127.0.0.1\nwww 60 A 127.0.0.1\n'

const soa = (serial: number) =>
  record(ZONE, 'SOA', { mname: 'ns', rname: 'host', serial, refresh: 1, retry: 2, expire: 3, minimum: 4 })
const WWW = record(`www.${ZONE}`, 'A', '127.0.0.1')

/** Returns the records of a transfer as lines, until it ends or fails, and its error. */
async function fetchZone(request: Partial<DnsTransfer>, options = {}) {
  const lines: string[] = []
  let error: unknown
  try {
    for await (const { records } of transfer({ zone: ZONE, ...request }, options)) {
      lines.push(...records.map(one => printRecord(one).replaceAll('\t', ' ')))
    }
  } catch (caught) {
    error = caught
  }
  return { lines, error }
}

async function zoneServer(tls = false) {
  const dns = {
    publish: false,
    zones: [{ origin: ZONE, text: ZONE_TEXT }],
    keys: [{ name: 'transfer', secret: SECRET }],
    allowTransfer: ['key:transfer'],
  }
  return suiteFor({ services: ['dns'], tls, dns })
}

/** Starts a server that responds with these messages and closes the connection; returns its port. */
const serverWith = (...messages: ((query: Message) => Partial<Message>)[]) =>
  tcpServer((socket: Socket, query: Message) => {
    for (const one of messages) socket.write(frame(response(query, one(query))))
    socket.end()
  })

const answers =
  (...records: DnsRecord[]) =>
  () => ({ answers: records })

describe('transfer', () => {
  const LINES = [
    'fourwire.test. 60 IN SOA ns.fourwire.test. host.fourwire.test. 7 2 3 4 5',
    'fourwire.test. 60 IN NS ns.fourwire.test.',
    'ns.fourwire.test. 60 IN A 127.0.0.1',
    'www.fourwire.test. 60 IN A 127.0.0.1',
  ]

  test('yields the zone, signed with the key', async () => {
    const { dns } = await zoneServer()
    const { lines, error } = await fetchZone({ server: at(dns.port), key: KEY })
    expect(error).toBe(undefined)
    expect([...new Set(lines)].sort()).toEqual([...LINES].sort())
    expect([lines[0], lines.at(-1)]).toEqual([LINES[0], LINES[0]])
  })

  test('works by TLS (RFC 9103)', async () => {
    const suite = await zoneServer(true)
    const port = suite.endpoints.find(({ transport }) => transport === 'tls')?.port ?? 0
    const { lines, error } = await fetchZone({
      server: `tls://127.0.0.1:${port}`,
      key: KEY,
      verification: { ca: suite.tls?.ca },
    })
    expect([error, lines.length]).toEqual([undefined, 5])
  })

  test('yields only the SOA for the current serial', async () => {
    const { dns } = await zoneServer()
    expect(await fetchZone({ server: at(dns.port), key: KEY, serial: 7 })).toEqual({
      lines: [LINES[0]],
      error: undefined,
    })
  })

  test('is refused without the right key', async () => {
    const { dns } = await zoneServer()
    const { error } = await fetchZone({ server: at(dns.port) })
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({ code: 'REFUSED' })
    const { error: other } = await fetchZone({
      server: at(dns.port),
      key: `transfer:${Buffer.from('another').toString('base64')}`,
    })
    expect(other).toMatchObject({
      message: expect.stringContaining('the server has another secret for the key transfer'),
    })
  })

  test('accepts many messages, only the first with the question', async () => {
    const port = await serverWith(
      answers(soa(1)),
      () => ({ questions: [], answers: [WWW] }),
      () => ({ questions: [], answers: [soa(1)] }),
    )
    expect((await fetchZone({ server: at(port) })).lines.length).toBe(3)
  })

  test('stores no records: the server waits until the caller reads', async () => {
    let written = 0
    const port = await tcpServer((socket, query) => {
      const part = frame(encodeMessage({ ...query, response: true, answers: Array.from({ length: 1000 }, () => WWW) }))
      socket.write(frame(response(query, { answers: [soa(1)] })))
      const more = () => {
        while (written < 5000 && socket.write(part)) written++
        if (written < 5000) socket.once('drain', more)
      }
      more()
    })
    let parts = 0
    for await (const _ of transfer({ zone: ZONE, server: at(port) })) if (++parts === 20) break
    expect(written).toBeLessThan(5000)
  })
})

describe('transfer throws', () => {
  test.each<[string, ((query: Message) => Partial<Message>)[], string, number]>([
    [
      'if the server closes the connection during the transfer',
      [answers(soa(1), WWW)],
      'closed the connection during the transfer, after 2 records',
      2,
    ],
    [
      'if the server closes the connection at once',
      [],
      'closed the connection during the transfer, after 0 records',
      0,
    ],
    ['if it ends with another serial', [answers(soa(1), WWW), answers(soa(2))], 'it ends with serial 2', 2],
    ['if records are outside the zone', [answers(soa(1), record('evil.test', 'A', '6.6.6.6'))], 'outside the zone', 0],
    [
      'if the response has another id',
      [query => ({ id: query.id ^ 1, answers: [soa(1)] })],
      'the response is to another query',
      0,
    ],
    [
      'if a later message is an error',
      [answers(soa(1)), () => ({ rcode: 'SERVFAIL' })],
      'SERVFAIL for the transfer of fourwire.test',
      1,
    ],
  ])('%s', async (_, messages, reason, count) => {
    const { lines, error } = await fetchZone({ server: at(await serverWith(...messages)) })
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({ message: expect.stringContaining(reason) })
    expect(lines.length).toBe(count)
  })

  test('if the response is not signed, but the query was', async () => {
    const { error } = await fetchZone({ server: at(await serverWith(answers(soa(1), soa(1)))), key: KEY })
    expect(error).toMatchObject({ message: 'cannot verify the response: the response is not signed' })
  })

  test('if a message arrives too slowly', async () => {
    const port = await tcpServer((socket, query) => {
      socket.write(frame(response(query, { answers: [soa(1)] })))
      const timer = setInterval(() => socket.write(Buffer.from([1])), 50)
      socket.on('close', () => clearInterval(timer))
    })
    const { lines, error } = await fetchZone({ server: at(port) }, { timeout: 300 })
    expect([lines.length, error]).toMatchObject([1, { message: 'the name server failed: it did not answer in time' }])
  })

  test('if the server is unreachable or the request invalid', async () => {
    expect((await fetchZone({ server: at(await freePort()) })).error).toBeInstanceOf(UnreachableError)
    expect((await fetchZone({ zone: 'a..b' })).error).toBeInstanceOf(UsageError)
    expect((await fetchZone({ key: 'nonsense' })).error).toBeInstanceOf(UsageError)
    expect((await fetchZone({ server: 'https://127.0.0.1' })).error).toMatchObject({
      message: expect.stringContaining('cannot transfer a zone by HTTPS'),
    })
  })
})

describe('the command', () => {
  const run = async (...args: string[]) => runInProcess(['dns', ...args], { cwd: await emptyFolder() })

  test('prints the records, then their number', async () => {
    const { dns } = await zoneServer()
    const { stdout, code } = await run(ZONE, '--axfr', '--key', KEY, '--server', at(dns.port))
    expect(stdout.split('\n')[0]).toBe('fourwire.test.\t\t60\tIN\tSOA\tns.fourwire.test. host.fourwire.test. 7 2 3 4 5')
    expect(stdout).toMatch(
      /;; Query time: \d+ msec\n;; SERVER: 127.0.0.1#\d+\n;; XFR size: 5 records \(messages 1, bytes \d+\)\n$/,
    )
    expect(code).toBe(0)
  })

  test('prints one array with --json, the data with --short', async () => {
    const { dns } = await zoneServer()
    const json = await run(ZONE, 'AXFR', '--json', '--key', KEY, '--server', at(dns.port))
    expect(JSON.parse(json.stdout)).toHaveLength(5)
    const short = await run(ZONE, '--ixfr', '7', '--short', '--key', KEY, '--server', at(dns.port))
    expect(short.stdout).toBe('ns.fourwire.test. host.fourwire.test. 7 2 3 4 5\n')
  })

  test('prints why the server refused', async () => {
    const { dns } = await zoneServer()
    const { stderr, stdout, code } = await run(ZONE, '--axfr', '--json', '--server', at(dns.port))
    expect(stderr).toContain(
      'REFUSED for the transfer of fourwire.test: the server does not answer queries for that name',
    )
    expect([stdout, code]).toEqual(['', 1])
  })
})
