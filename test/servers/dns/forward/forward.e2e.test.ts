/** Forwarding over real sockets to correct and to hostile upstreams. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type DnsOptions, dns } from '../../../../servers/dns/index.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { extendedErrors, printExtendedError } from '../../../../shared/dns/edns-options.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { frame } from '../../../../shared/dns/frames.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { flagNames } from '../../../../shared/dns/print.ts'
import { sendQuery } from '../../../../shared/dns/resolver/send/send-query.ts'
import type { SendQueryOptions } from '../../../../shared/dns/resolver/send/transport.ts'
import { createTestContext } from '../../../helpers/context.ts'
import { freePort } from '../../../helpers/free-port.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'
import { message } from '../../../shared/dns/messages.ts'
import { lines } from '../zones.ts'
import { records, SOA } from './records.ts'
import { type Responder, reply, Upstream } from './upstream.ts'

const ZONE = {
  origin: 'ours.test',
  text: `@ 60 SOA ns host 1 1h 10m 1w 5
@ 60 NS ns
ns 60 A 127.0.0.53
www 60 A 127.0.0.80
out 60 CNAME www.example.
lab 60 NS ns.lab
ns.lab 60 A 127.0.0.54
`,
}

/** No query takes this long, also on a busy machine. */
const TIMEOUT = 20_000
/** Where an upstream gives no valid response: the server waits for this long, or half of it before it asks the next. */
const SHORT_TIMEOUT = 2000

async function server(options: Partial<DnsOptions>) {
  const dns = { port: 0, publish: false, zones: [ZONE], forwardTimeout: TIMEOUT, ...options }
  const suite = await suiteFor({ services: ['dns'], dns })
  return { suite, host: suite.dns.host, port: suite.dns.port }
}

/** A server that forwards all names to an upstream with these responses. */
async function forwarding(respond: Responder, options: Partial<DnsOptions> = {}) {
  const upstream = await Upstream.start(respond)
  return { upstream, ...(await server({ forward: [upstream.address], ...options })) }
}

async function query(
  at: { host: string; port: number },
  name: string,
  type: TypeName = 'A',
  options: SendQueryOptions = {},
) {
  const { message } = await sendQuery(at, { name, type, class: 'IN' }, { timeout: 10_000, tries: 1, ...options })
  return {
    message,
    status: `${message.rcode} ${flagNames(message).join(' ')}`,
    answer: lines(message.answers),
    authority: lines(message.authorities),
    errors: extendedErrors(message).map(printExtendedError),
  }
}

const answers: Responder = received => reply(received, records(`${received.questions[0]?.name}. 60 A 192.0.2.1\n`))

describe('the server forwards', () => {
  test('names outside its zones; it answers its own names with RA', async () => {
    const at = await forwarding(answers)
    expect(await query(at, 'Www.Example')).toMatchObject({
      status: 'NOERROR qr rd ra',
      answer: ['Www.Example. 60 IN A 192.0.2.1'],
    })
    expect(await query(at, 'www.ours.test')).toMatchObject({ status: 'NOERROR qr aa rd ra' })
    expect(at.upstream.questions).toEqual(['www.example A'])
  })

  test.each<[string, string, TypeName, SendQueryOptions, Partial<DnsOptions>, string]>([
    ['without RD', 'www.example', 'A', { recurse: false }, {}, 'REFUSED qr ra'],
    [
      'for a client that may not use recursion',
      'www.example',
      'A',
      {},
      { forwardFor: ['192.0.2.0/24'] },
      'REFUSED qr rd',
    ],
    ['for obsolete types', 'example', 'MAILB', {}, {}, 'NOTIMP qr rd ra'],
    ['for a name below a zone cut, which gets a referral', 'x.lab.ours.test', 'A', {}, {}, 'NOERROR qr rd ra'],
  ])('no query %s', async (_, name, type, options, more, status) => {
    const at = await forwarding(answers, more)
    expect((await query(at, name, type, options)).status).toBe(status)
    expect(at.upstream.questions).toEqual([])
  })

  test.each<[string, TypeName, string, string[]]>([
    ['localhost', 'A', 'NOERROR', ['localhost. 10800 IN A 127.0.0.1']],
    ['any.localhost', 'AAAA', 'NOERROR', ['any.localhost. 10800 IN AAAA ::1']],
    ['localhost', 'MX', 'NOERROR', []],
    ['1.0.0.127.in-addr.arpa', 'PTR', 'NOERROR', ['1.0.0.127.in-addr.arpa. 10800 IN PTR localhost.']],
    ['1.2.168.192.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['1.0.31.172.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['b.a.8.e.f.ip6.arpa', 'PTR', 'NXDOMAIN', []],
    ['printer.home.arpa', 'A', 'NXDOMAIN', []],
    ['other.test', 'A', 'NXDOMAIN', []],
    ['x.invalid', 'A', 'NXDOMAIN', []],
    ['printer.local', 'A', 'NXDOMAIN', []],
    ['x.onion', 'A', 'NXDOMAIN', []],
  ])('no query for the special name %s %s', async (name, type, rcode, answer) => {
    const at = await forwarding(answers)
    expect(await query(at, name, type)).toMatchObject({ status: `${rcode} qr aa rd ra`, answer })
    expect(at.upstream.questions).toEqual([])
  })

  test('names of a domain with its own upstreams, even under test, below a zone cut, or of private addresses', async () => {
    const other = await Upstream.start(answers)
    const to = (domain: string) => `/${domain}/${other.address}`
    const forward = [to('other.test'), to('lab.ours.test'), to('2.168.192.in-addr.arpa'), to('www.ours.test')]
    const at = await server({ forward })
    const names = ['a.other.test', 'x.lab.ours.test', '1.2.168.192.in-addr.arpa', 'www.ours.test', 'www.example']
    const statuses = await Promise.all(names.map(async name => (await query(at, name)).status))
    expect(statuses).toEqual([
      'NOERROR qr rd ra',
      'NOERROR qr rd ra',
      'NOERROR qr rd ra',
      'NOERROR qr aa rd ra',
      'REFUSED qr rd ra',
    ])
    expect([...other.questions].sort()).toEqual(['1.2.168.192.in-addr.arpa A', 'a.other.test A', 'x.lab.ours.test A'])
  })
})

test('a second suite can be the upstream', async () => {
  const text = '@ 60 SOA ns host 1 1h 10m 1w 5\n@ 60 NS ns\nns 60 A 127.0.0.1\nwww 60 TXT "of the other"\n'
  const other = await server({ zones: [{ origin: 'other.example', text }] })
  const at = await server({ forward: [`/other.example/127.0.0.1:${other.port}`] })
  expect(await query(at, 'www.other.example', 'TXT')).toMatchObject({
    status: 'NOERROR qr rd ra',
    answer: ['www.other.example. 60 IN TXT "of the other"'],
  })
  expect(await query(at, 'none.other.example')).toMatchObject({
    status: 'NXDOMAIN qr rd ra',
    authority: ['other.example. 5 IN SOA ns.other.example. host.other.example. 1 3600 600 604800 5'],
  })
})

describe('aliases', () => {
  test('from local zones are followed at the upstream', async () => {
    const at = await forwarding(answers)
    expect(await query(at, 'OUT.ours.test')).toMatchObject({
      status: 'NOERROR qr aa rd ra',
      answer: ['OUT.ours.test. 60 IN CNAME www.example.', 'www.example. 60 IN A 192.0.2.1'],
    })
  })

  test('into local zones are answered locally; records of the upstream are ignored', async () => {
    const at = await forwarding(received =>
      reply(received, records('in.example. 60 CNAME www.ours.test.\nwww.ours.test. 60 A 192.0.2.66\n')),
    )
    expect(await query(at, 'in.example')).toMatchObject({
      status: 'NOERROR qr rd ra',
      answer: ['in.example. 60 IN CNAME www.ours.test.', 'www.ours.test. 60 IN A 127.0.0.80'],
    })
  })

  test('into a domain with its own upstreams are followed there', async () => {
    const bank = await Upstream.start(answers)
    const at = await forwarding(received =>
      reply(received, records('in.example. 60 CNAME www.bank.\nwww.bank. 60 A 192.0.2.66\n')),
    )
    const { port } = at.upstream
    const both = await server({ forward: [`127.0.0.1:${port}`, `/bank/${bank.address}`] })
    expect((await query(both, 'in.example')).answer).toEqual([
      'in.example. 60 IN CNAME www.bank.',
      'www.bank. 60 IN A 192.0.2.1',
    ])
  })

  test('without end get SERVFAIL', async () => {
    let count = 0
    const at = await forwarding(received =>
      reply(received, records(`${received.questions[0]?.name}. 60 CNAME ${++count}.example.\n`)),
    )
    const { status, errors } = await query(at, 'start.example')
    expect([status, errors]).toEqual(['SERVFAIL qr rd ra', ['0 (Other): (the aliases come to no end)']])
  })
})

describe('the cache', () => {
  test('answers the second query, in the case of that query', async () => {
    const at = await forwarding(answers)
    await query(at, 'www.example')
    expect((await query(at, 'WWW.example')).answer).toEqual(['WWW.example. 60 IN A 192.0.2.1'])
    expect(at.upstream.questions).toHaveLength(1)
  })

  test('holds NXDOMAIN for every type, NODATA for one type, and neither without an SOA', async () => {
    const at = await forwarding(received => {
      const name = received.questions[0]?.name.toLowerCase() ?? ''
      const rcode = name.startsWith('gone') ? 'NXDOMAIN' : 'NOERROR'
      return reply(received, [], { rcode, authorities: name.includes('no-soa') ? [] : records(SOA) })
    })
    for (const name of ['gone.example', 'empty.example', 'gone-no-soa.example']) {
      for (const type of ['A', 'A', 'MX'] as const) await query(at, name, type)
    }
    expect(at.upstream.questions).toEqual([
      'gone.example A',
      'empty.example A',
      'empty.example MX',
      'gone-no-soa.example A',
      'gone-no-soa.example A',
      'gone-no-soa.example MX',
    ])
    expect((await query(at, 'gone.example')).authority).toEqual([CACHED_SOA])
  })

  const CACHED_SOA = 'example. 300 IN SOA ns.example. host.example. 1 2 3 4 300'

  test('separates queries with DO and CD; the upstream receives both bits', async () => {
    const at = await forwarding(answers)
    await query(at, 'www.example', 'A', { edns: { dnssecOk: true } })
    await query(at, 'www.example', 'A', { checkingDisabled: true })
    expect(at.upstream.queries.map(({ edns, flags }) => [edns?.dnssecOk, flags.cd])).toEqual([
      [true, false],
      [false, true],
    ])
  })

  test('reduces a TTL of years to a day', async () => {
    const at = await forwarding(received => reply(received, records('www.example. 2147483647 A 192.0.2.1\n')))
    expect((await query(at, 'www.example')).answer).toEqual(['www.example. 86400 IN A 192.0.2.1'])
  })
})

describe('with a faulty upstream', () => {
  const WRONG: readonly [title: string, respond: Responder][] = [
    ['another id', received => ({ ...reply(received, []), id: received.id ^ 1 })],
    [
      'another question',
      received => reply(received, [], { questions: [{ name: 'bank.example', type: 'A', class: 'IN' }] }),
    ],
    ['a query', received => ({ ...reply(received, []), response: false })],
    ['garbage', () => Buffer.from('garbage that is longer than a header')],
    [
      'half a message',
      received => encodeMessage(reply(received, records('www.example. 60 A 192.0.2.1\n'))).subarray(0, -7),
    ],
    ['nothing', () => undefined],
    ['REFUSED', received => reply(received, [], { rcode: 'REFUSED' })],
    ['SERVFAIL', received => reply(received, [], { rcode: 'SERVFAIL' })],
    ['a referral', received => reply(received, [], { authorities: records('example. 60 NS ns.example.\n') })],
  ]

  // All at once, because most of them wait for the timeout.
  test('that responds with something wrong, the server queries the next', async () => {
    const results = WRONG.map(async ([title, respond]) => {
      const bad = await Upstream.start(respond)
      const good = await Upstream.start(answers)
      const at = await server({ forward: [bad.address, good.address], forwardTimeout: SHORT_TIMEOUT })
      return [title, (await query(at, 'www.example')).answer]
    })
    expect(await Promise.all(results)).toEqual(WRONG.map(([title]) => [title, ['www.example. 60 IN A 192.0.2.1']]))
  })

  test.each([
    ['does not respond, the server prefers the other from then on', () => undefined, ['first.example A']],
    [
      'fails for one name, it gets the next query',
      (received: Message) => reply(received, [], { rcode: 'SERVFAIL' }),
      ['first.example A', 'second.example A'],
    ],
  ] satisfies [string, Responder, string[]][])('that %s', async (_, respond, questions) => {
    const bad = await Upstream.start(respond)
    const good = await Upstream.start(answers)
    const at = await server({ forward: [bad.address, good.address], forwardTimeout: SHORT_TIMEOUT })
    await query(at, 'first.example')
    await query(at, 'second.example')
    expect([...new Set(bad.questions)]).toEqual(questions)
  })

  test('logs once that it stops responding, and once that it responds again', async () => {
    const { context, logged } = await createTestContext()
    let silent = true
    const upstream = await Upstream.start((received, transport) => (silent ? undefined : answers(received, transport)))
    const options = {
      port: 0,
      publish: false,
      zones: [ZONE],
      forward: [upstream.address],
      forwardTimeout: SHORT_TIMEOUT,
    }
    const service = dns.create(dns.options.parse(options), context)
    const [at] = await service.listen()
    onTestFinished(() => service.close())
    if (!at) throw new Error('no endpoint')
    await Promise.all(['a.example', 'b.example'].map(name => query(at, name)))
    silent = false
    for (const name of ['c.example', 'd.example']) await query(at, name)
    const entries = logged.map(line => JSON.parse(line) as { msg: string; upstream?: string; error?: string })
    const silence = `could not reach ${upstream.address}: it did not answer in 3 tries`
    expect(entries.filter(line => line.upstream === upstream.address).map(({ msg, error }) => [msg, error])).toEqual([
      ['dns: upstream does not respond', silence],
      ['dns: upstream responds again', undefined],
    ])
  })

  test('that refuses connections, SERVFAIL has the reason and is cached', async () => {
    const at = await server({ forward: ['127.0.0.1:1'] })
    const first = await query(at, 'www.example')
    expect([first.status, first.errors]).toEqual([
      'SERVFAIL qr rd ra',
      ['22 (No Reachable Authority)', '23 (Network Error): (could not reach 127.0.0.1:1: connection refused)'],
    ])
    expect((await query(at, 'www.example')).errors).toEqual([...first.errors, '13 (Cached Error)'])
  })

  test('and no response from any, the client gets SERVFAIL within the timeout', async () => {
    const [one, two] = [await Upstream.start(() => undefined), await Upstream.start(() => undefined)]
    const at = await server({ forward: [one.address, two.address], forwardTimeout: SHORT_TIMEOUT })
    const { status, errors } = await query(at, 'www.example')
    expect(status).toBe('SERVFAIL qr rd ra')
    expect(errors).toEqual([
      '22 (No Reachable Authority)',
      ...[one, two].map(
        ({ address }) => `23 (Network Error): (could not reach ${address}: it did not answer in 3 tries)`,
      ),
    ])
  })

  test('that sends slowly over TCP, the same timeout applies', async () => {
    async function* drops() {
      yield Buffer.from([0xff, 0xff])
      for (;;) {
        await delay(20)
        yield Buffer.of(0)
      }
    }
    const at = await forwarding(
      (received, transport) =>
        transport === 'udp' ? reply(received, [], { flags: { ...received.flags, tc: true } }) : drops(),
      { forwardTimeout: SHORT_TIMEOUT },
    )
    expect((await query(at, 'www.example')).status).toBe('SERVFAIL qr rd ra')
    expect(at.upstream.questions).toEqual(['www.example A', 'www.example A'])
  })

  test('that sends an extended error, the client receives it', async () => {
    const bogus = { code: 15, data: Buffer.from('\0\x06no such key') }
    const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [bogus] }
    const at = await forwarding(received => reply(received, [], { rcode: 'SERVFAIL', edns }))
    expect((await query(at, 'www.example')).errors).toEqual(['6 (DNSSEC Bogus): (no such key)'])
  })

  test('without EDNS, the server repeats the query without EDNS', async () => {
    const at = await forwarding((received, transport) =>
      received.edns ? reply(received, [], { rcode: 'FORMERR', questions: [] }) : answers(received, transport),
    )
    expect((await query(at, 'www.example')).answer).toHaveLength(1)
  })
})

describe('concurrent queries', () => {
  test('with the same question share one upstream query', async () => {
    const { promise, resolve } = gate()
    const at = await forwarding(async (received, transport) => {
      await promise
      return answers(received, transport)
    })
    const pending = Array.from({ length: 20 }, () => query(at, 'www.example', 'A', { transport: 'tcp' }))
    // After this response, the server has read the earlier queries.
    await query(at, 'www.ours.test')
    resolve()
    const results = await Promise.all(pending)
    expect(new Set(results.flatMap(({ answer }) => answer))).toEqual(new Set(['www.example. 60 IN A 192.0.2.1']))
    expect(at.upstream.questions).toEqual(['www.example A'])
  })

  test('on one connection do not wait for slow ones', async () => {
    const { promise, resolve } = gate()
    const at = await forwarding(async (received, transport) => {
      await promise
      return answers(received, transport)
    })
    const wire = await Wire.connect(at.port)
    const rd = { ...message().flags, rd: true }
    const send = (id: number, name: string) =>
      wire.send(frame(encodeMessage(message({ id, flags: rd, questions: [{ name, type: 'A', class: 'IN' }] }))))
    send(1, 'www.example')
    send(2, 'www.ours.test')
    expect(await idOfNext(wire)).toBe(2)
    resolve()
    expect(await idOfNext(wire)).toBe(1)
  })

  test('get a response when the server closes', async () => {
    const questions = gate()
    const at = await forwarding(
      () => {
        questions.resolve()
        return undefined
      },
      { forwardTimeout: 60_000 },
    )
    const pending = [query(at, 'www.example'), query(at, 'www.example', 'A', { transport: 'tcp' })]
    await questions.promise
    await query(at, 'www.ours.test', 'A', { transport: 'tcp' })
    await at.suite.close()
    for (const { status, errors } of await Promise.all(pending)) {
      expect([status, errors]).toEqual(['SERVFAIL qr rd ra', ['14 (Not Ready): (the server is being stopped)']])
    }
  })
})

/** Creates a promise and the function that resolves it. */
function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(open => {
    resolve = open
  })
  return { promise, resolve }
}

async function idOfNext(wire: Wire): Promise<number> {
  const length = Buffer.from(await wire.read(2), 'latin1').readUInt16BE(0)
  return Buffer.from(await wire.read(length), 'latin1').readUInt16BE(0)
}

test('an answer too long for the client’s datagram is truncated, and complete over TCP', async () => {
  const many = Array.from({ length: 60 }, (_, index) => `www.example. 60 A 192.0.2.${index}\n`).join('')
  const at = await forwarding((received, transport) =>
    transport === 'udp'
      ? reply(received, [], { flags: { ...received.flags, tc: true } })
      : reply(received, records(many)),
  )
  const { message: received } = await sendQuery(at, { name: 'www.example', type: 'A', class: 'IN' }, { edns: false })
  expect(received.answers).toHaveLength(60)
  const short = await exchangeOverUdp(
    at.port,
    message({ flags: { ...message().flags, rd: true }, questions: [{ name: 'www.example', type: 'A', class: 'IN' }] }),
  )
  expect(short.length).toBeLessThanOrEqual(512)
  expect((short[2] ?? 0) & 2).toBe(2)
})

async function exchangeOverUdp(port: number, sent: Message): Promise<Buffer> {
  const socket = createSocket('udp4')
  try {
    socket.send(encodeMessage(sent), port, '127.0.0.1')
    const [bytes] = (await once(socket, 'message')) as [Buffer]
    return bytes
  } finally {
    socket.close()
  }
}

describe('loops', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0'],
  ])('a server at %s does not start if its upstream %s is itself', async (host, upstream) => {
    const port = await freePort()
    const starting = server({ host, port, forward: ['/corp.example/192.0.2.1', `${upstream}:${port}`] })
    await expect(starting).rejects.toThrow(`cannot forward to "${upstream}:${port}": this server itself listens there`)
  })

  test('two servers that forward to each other respond at once', async () => {
    const port = await freePort()
    const one = await server({ forward: [`127.0.0.1:${port}`], forwardTimeout: 20_000 })
    const two = await server({ port, forward: [`127.0.0.1:${one.port}`], forwardTimeout: 20_000 })
    for (const at of [one, two]) {
      const { status, errors } = await query(at, `${at.port}.example`)
      expect(status).toBe('SERVFAIL qr rd ra')
      expect(errors).toContain('0 (Other): (forwarders ask one another in a circle)')
    }
  })

  test('a loop through a forwarder without EDNS ends after the timeout', async () => {
    // Forwards queries back to the server, without EDNS.
    const at: { port: number; host: string } = { port: 0, host: '127.0.0.1' }
    const middle = await Upstream.start(async received => {
      const question = received.questions[0]
      if (!question) return undefined
      const response = await sendQuery(at, question, { edns: false, timeout: 5000, tries: 1 }).catch(() => undefined)
      return response && reply(received, response.message.answers, { rcode: response.message.rcode })
    })
    Object.assign(at, await server({ forward: [middle.address], forwardTimeout: 300 }))
    expect((await query(at, 'www.example')).status).toBe('SERVFAIL qr rd ra')
    // The tries of one query: returning queries join it.
    expect(middle.questions.length).toBeLessThanOrEqual(3)
  })
})

test.each([
  ['nonsense', 'cannot forward to "nonsense"'],
  ['/example', 'cannot forward to "/example"'],
])('does not start with the invalid upstream %s', async (forward, reason) => {
  await expect(server({ forward: [forward] })).rejects.toThrow(reason)
})

test('cached responses have RA only for clients that may use recursion', async () => {
  const at = await forwarding(answers, { host: '127.0.0.1,127.0.0.2', forwardFor: ['127.0.0.1'] })
  const flagsFor = async (localAddress: string) => {
    const socket = createSocket('udp4')
    socket.bind(0, localAddress)
    const flags = { ...message().flags, rd: true }
    socket.send(encodeMessage(message({ flags, questions: [WWW] })), at.port, localAddress)
    const [bytes] = (await once(socket, 'message')) as [Buffer]
    socket.close()
    return flagNames(decodeMessage(bytes)).join(' ')
  }
  const WWW = { name: 'www.ours.test', type: 'A', class: 'IN' } as const
  const flags = []
  for (const address of ['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2', '127.0.0.1'])
    flags.push(await flagsFor(address))
  expect(flags).toEqual(['qr aa rd ra', 'qr aa rd ra', 'qr aa rd', 'qr aa rd', 'qr aa rd ra'])
})
