import { describe, expect, test } from 'vitest'
import { ResolveError, Resolver, type ResolverOptions } from '../../../clients/dns/index.ts'
import { frame } from '../../../shared/dns/frames.ts'
import { type Message, NO_FLAGS } from '../../../shared/dns/message.ts'
import { UnreachableError, UsageError } from '../../../shared/errors.ts'
import { freePort } from '../../helpers/free-port.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { record } from '../../shared/dns/messages.ts'
import { at, bothServers, response, tcpServer, udpServer } from './scripted.ts'

const NAME = 'www.fourwire.test'
const ADDRESS = record(NAME, 'A', '127.0.0.7')
const FORGED = record(NAME, 'A', '6.6.6.6')

const ZONE_TEXT = `$TTL 60
@ SOA ns host 1 2 3 4 5
@ NS ns
@ MX 20 second
@ MX 10 mail
@ MX 10 elsewhere.other.test.
@ TXT "one " "text"
ns A 127.0.0.1
www A 127.0.0.1
www AAAA ::1
six AAAA ::2
mail A 127.0.0.3
second A 127.0.0.4
alias CNAME www
away CNAME www.other.test.
lost CNAME nope
_http._tcp SRV 1 0 8081 second
_http._tcp SRV 0 0 8080 www
_none._tcp SRV 0 0 0 .
nomail MX 0 .
long TXT ${Array.from({ length: 10 }, () => `"${'x'.repeat(250)}"`).join(' ')}
`
const OTHER_TEXT = '$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 127.0.0.1\nwww A 127.0.0.9\n'
const REVERSE_TEXT =
  '$TTL 60\n@ SOA ns.fourwire.test. host 1 2 3 4 5\n@ NS ns.fourwire.test.\n1 PTR www.fourwire.test.\n'
const ZONES = [
  { origin: 'fourwire.test', text: ZONE_TEXT },
  { origin: 'other.test', text: OTHER_TEXT },
  { origin: '0.0.127.in-addr.arpa', text: REVERSE_TEXT },
]

/** A resolver that asks a server with the zones above. */
async function resolverOf(options: ResolverOptions = {}): Promise<Resolver> {
  const { dns } = await suiteFor({ services: ['dns'], dns: { port: 0, publish: false, zones: ZONES } })
  return new Resolver({ servers: [at(dns.port)], ...options })
}

/** What a promise was rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<ResolveError> {
  const error: unknown = await promise.then(
    () => new Error('it was not rejected'),
    reason => reason,
  )
  expect(error).toBeInstanceOf(ResolveError)
  expect(error).toHaveProperty('name', 'ResolveError')
  return error as ResolveError
}

const ok = (asked: Message) => [response(asked, { answers: [ADDRESS] })]

describe('a resolver finds', () => {
  test('addresses, IPv4 first, through aliases', async () => {
    const resolver = await resolverOf()
    expect(await resolver.addresses('www.fourwire.test')).toEqual(['127.0.0.1', '::1'])
    expect(await resolver.addresses('six.fourwire.test')).toEqual(['::2'])
    expect(await resolver.addresses('alias.fourwire.test')).toEqual(['127.0.0.1', '::1'])
  })

  test('where an alias leads, by another question where it leads elsewhere', async () => {
    const resolver = await resolverOf()
    expect(await resolver.resolve('away.fourwire.test', 'A')).toMatchObject({
      name: 'www.other.test',
      aliases: ['away.fourwire.test'],
      records: [{ name: 'www.other.test', data: '127.0.0.9' }],
    })
  })

  test('mail servers by preference, with their addresses', async () => {
    const found = await (await resolverOf()).mx('fourwire.test')
    expect(found.map(({ preference }) => preference)).toEqual([10, 10, 20])
    expect(new Map(found.map(({ exchange, addresses }) => [exchange, addresses]))).toEqual(
      new Map([
        ['mail.fourwire.test', ['127.0.0.3']],
        ['elsewhere.other.test', []],
        ['second.fourwire.test', ['127.0.0.4']],
      ]),
    )
  })

  test('places of a service by priority, with their addresses', async () => {
    expect(await (await resolverOf()).srv('_http._tcp.fourwire.test')).toEqual([
      {
        priority: 0,
        weight: 0,
        port: 8080,
        target: 'www.fourwire.test',
        addresses: ['127.0.0.1', '::1'],
      },
      { priority: 1, weight: 0, port: 8081, target: 'second.fourwire.test', addresses: ['127.0.0.4'] },
    ])
  })

  test('nothing where a domain says that it does not have it', async () => {
    const resolver = await resolverOf()
    expect(await resolver.srv('_none._tcp.fourwire.test')).toEqual([])
    expect(await resolver.mx('nomail.fourwire.test')).toEqual([])
  })

  test('texts and the names of addresses', async () => {
    const resolver = await resolverOf()
    expect(await resolver.txt('fourwire.test')).toEqual(['one text'])
    expect(await resolver.reverse('127.0.0.1')).toEqual(['www.fourwire.test'])
  })

  test('what does not fit into a datagram, by TCP', async () => {
    const { reply, records } = await (await resolverOf()).resolve('long.fourwire.test', 'TXT')
    expect([reply.transport, records.length]).toEqual(['tcp', 1])
  })
})

describe('a resolver says', () => {
  test('that there is no such name, or no such type', async () => {
    const resolver = await resolverOf()
    const [name, type, end] = [
      await failureOf(resolver.resolve('nope.fourwire.test')),
      await failureOf(resolver.resolve('www.fourwire.test', 'MX')),
      await failureOf(resolver.resolve('lost.fourwire.test')),
    ]
    expect(name).toMatchObject({ code: 'NXDOMAIN', rcode: 'NXDOMAIN', hostname: 'nope.fourwire.test', type: 'A' })
    expect(name.message).toBe('NXDOMAIN for nope.fourwire.test A: there is no such name')
    expect(type).toMatchObject({ code: 'NODATA', rcode: 'NOERROR', type: 'MX' })
    expect(end).toMatchObject({ code: 'NXDOMAIN', hostname: 'nope.fourwire.test' })
    await expect(resolver.addresses('nope.fourwire.test')).rejects.toMatchObject({ code: 'NXDOMAIN' })
    await expect(resolver.addresses('fourwire.test')).rejects.toMatchObject({ code: 'NODATA' })
  })

  test('why, in the words of the server', async () => {
    const options = [{ code: 15, data: Buffer.from('\0\x12not for you') }]
    const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options }
    const { port } = await udpServer(asked => [response(asked, { rcode: 'REFUSED', edns })])
    const error = await failureOf(new Resolver({ servers: [at(port)] }).resolve(NAME))
    expect(error.explanations).toEqual(['18 (Prohibited): (not for you)'])
    expect(error.message).toContain('the server says: 18 (Prohibited): (not for you)')
  })

  test('what makes no sense', async () => {
    expect(() => new Resolver({ servers: [] })).toThrow(UsageError)
    await expect(new Resolver().resolve('a..b')).rejects.toThrow(UsageError)
    await expect(new Resolver().reverse('nonsense')).rejects.toThrow(UsageError)
  })

  test('that aliases lead nowhere', async () => {
    const { port } = await udpServer((asked, count) => [
      response(asked, { answers: [record(asked.questions[0]?.name ?? '', 'CNAME', `a${count}.test`)] }),
    ])
    await expect(new Resolver({ servers: [at(port)] }).resolve(NAME)).rejects.toThrow('leads through over 8 aliases')
  })
})

describe('of several servers', () => {
  test.each(['SERVFAIL', 'REFUSED', 'NOTIMP'] as const)(
    'one that says %s is passed over, and asked last then',
    async rcode => {
      const bad = await udpServer(asked => [response(asked, { rcode })])
      const good = await udpServer(ok)
      const resolver = new Resolver({ servers: [at(bad.port), at(good.port)] })
      expect((await resolver.resolve(NAME)).records).toEqual([ADDRESS])
      expect((await resolver.resolve(NAME)).records).toEqual([ADDRESS])
      expect([bad.asked.length, good.asked.length]).toEqual([1, 2])
    },
  )

  test('one that is silent, or not there, is passed over in its share of the time', async () => {
    const silent = await udpServer(() => [])
    const good = await udpServer(ok)
    const resolver = new Resolver({ servers: [at(await freePort()), at(silent.port), at(good.port)], timeout: 3000 })
    expect((await resolver.resolve(NAME)).records).toEqual([ADDRESS])
    expect(silent.asked.length).toBe(1)
  })

  test('all are asked twice before none is there', async () => {
    const [one, other] = [await udpServer(() => []), await udpServer(() => [])]
    const attempt = new Resolver({ servers: [at(one.port), at(other.port)], timeout: 1200 }).resolve(NAME)
    await expect(attempt).rejects.toThrow(UnreachableError)
    await expect(attempt).rejects.toThrow(`could not reach 127.0.0.1:${other.port}: it did not answer`)
    expect([one.asked.length, other.asked.length]).toEqual([2, 2])
  })

  test('a failure that was said counts more than silence', async () => {
    const [silent, bad] = [
      await udpServer(() => []),
      await udpServer(asked => [response(asked, { rcode: 'SERVFAIL' })]),
    ]
    const resolver = new Resolver({ servers: [at(silent.port), at(bad.port)], timeout: 400 })
    expect((await failureOf(resolver.resolve(NAME))).code).toBe('SERVFAIL')
    expect(bad.asked.length).toBe(1)
  })

  test('that there is no such name is an answer', async () => {
    const [one, other] = [await udpServer(asked => [response(asked, { rcode: 'NXDOMAIN' })]), await udpServer(ok)]
    const resolver = new Resolver({ servers: [at(one.port), at(other.port)] })
    expect((await failureOf(resolver.resolve(NAME))).code).toBe('NXDOMAIN')
    expect(other.asked).toEqual([])
  })

  test('each begins in its turn where that is asked for', async () => {
    const [one, other] = [await udpServer(ok), await udpServer(ok)]
    const resolver = new Resolver({ servers: [at(one.port), at(other.port)], rotate: true })
    for (const _ of [1, 2, 3, 4]) await resolver.resolve(NAME)
    expect([one.asked.length, other.asked.length]).toEqual([2, 2])
  })
})

describe('against somebody who forges', () => {
  test('ids, ports and letters differ from question to question', async () => {
    const server = await udpServer(ok)
    const resolver = new Resolver({ servers: [at(server.port)] })
    for (let count = 0; count < 20; count++) await resolver.resolve(NAME)
    const names = new Set(server.asked.map(({ questions }) => questions[0]?.name))
    expect(new Set(server.asked.map(({ id }) => id)).size).toBeGreaterThan(15)
    expect(new Set(server.clients).size).toBeGreaterThan(15)
    expect(names.size).toBeGreaterThan(15)
    expect([...names].map(name => name?.toLowerCase())).toEqual([...names].map(() => NAME))
  })

  test('a response in other letters is not believed: TCP tells', async () => {
    const { port } = await bothServers(
      asked => [response(asked, { questions: [{ name: NAME, type: 'A', class: 'IN' }], answers: [FORGED] })],
      (socket, asked) => socket.write(frame(response(asked, { answers: [ADDRESS] }))),
    )
    const { records, reply } = await new Resolver({ servers: [at(port)] }).resolve(NAME)
    expect([records, reply.transport]).toEqual([[ADDRESS], 'tcp'])
  })

  test('a server that changes letters by TCP too is asked in plain ones from then on', async () => {
    const plain = (asked: Message) =>
      response(asked, { questions: [{ name: NAME, type: 'A', class: 'IN' }], answers: [ADDRESS] })
    const server = await bothServers(
      asked => [plain(asked)],
      (socket, asked) => socket.write(frame(plain(asked))),
    )
    const resolver = new Resolver({ servers: [at(server.port)] })
    expect((await resolver.resolve(NAME)).reply.transport).toBe('tcp')
    expect((await resolver.resolve(NAME)).reply.transport).toBe('udp')
    expect(server.asked[1]?.questions[0]?.name).toBe(NAME)
  })

  test('many datagrams that do not fit make it ask by TCP', async () => {
    const { port } = await bothServers(
      asked =>
        Array.from({ length: 64 }, (_, count) =>
          response(asked, { id: (asked.id + 1 + count) & 0xffff, answers: [FORGED] }),
        ),
      (socket, asked) => socket.write(frame(response(asked, { answers: [ADDRESS] }))),
    )
    const { records, reply } = await new Resolver({ servers: [at(port)] }).resolve(NAME)
    expect([records, reply.transport]).toEqual([[ADDRESS], 'tcp'])
  })

  test('a cut response full of rubbish leads to TCP, and the rubbish is not used', async () => {
    const { port } = await bothServers(
      asked => [
        response(asked, { flags: { ...NO_FLAGS, tc: true }, answers: [FORGED] }).subarray(0, 40),
        response(asked, { flags: { ...NO_FLAGS, tc: true }, answers: [FORGED] }),
      ],
      (socket, asked) => socket.write(frame(response(asked, { answers: [ADDRESS] }))),
    )
    expect((await new Resolver({ servers: [at(port)] }).resolve(NAME)).records).toEqual([ADDRESS])
  })

  test('records of other names are not believed, be they beside the answer or in its place', async () => {
    const evil = record('victim.test', 'A', '6.6.6.6')
    const place = record('fourwire.test', 'MX', { preference: 1, exchange: 'victim.test' })
    const { port } = await udpServer(asked => {
      const [question] = asked.questions
      if (question?.type === 'MX') return [response(asked, { answers: [place, evil], additionals: [evil] })]
      const isVictim = question?.name.toLowerCase() === 'victim.test'
      return [
        response(asked, {
          answers: isVictim && question?.type === 'A' ? [record('victim.test', 'A', '127.0.0.5')] : [evil],
        }),
      ]
    })
    const resolver = new Resolver({ servers: [at(port)] })
    expect(await resolver.mx('fourwire.test')).toMatchObject([{ exchange: 'victim.test', addresses: ['127.0.0.5'] }])
    expect((await failureOf(resolver.resolve(NAME))).code).toBe('NODATA')
  })

  test('an answer that trickles in by TCP has one time for all of it', async () => {
    const port = await tcpServer((socket, asked) => {
      const bytes = frame(response(asked, { answers: [ADDRESS] }))
      let at = 0
      const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 50)
      socket.on('close', () => clearInterval(timer))
    })
    const resolver = new Resolver({ servers: [at(port)], transport: 'tcp', timeout: 300 })
    await expect(resolver.resolve(NAME)).rejects.toThrow('it did not answer in time')
  })
})

test('a server from before EDNS is asked again without', async () => {
  const server = await udpServer(asked => (asked.edns ? [response(asked, { rcode: 'FORMERR' })] : ok(asked)))
  expect((await new Resolver({ servers: [at(server.port)] }).resolve(NAME)).records).toEqual([ADDRESS])
  expect(server.asked.map(({ edns }) => edns !== undefined)).toEqual([true, false])
})

test('a question can be given up', async () => {
  const controller = new AbortController()
  const server = await udpServer(() => {
    controller.abort(new Error('no longer needed'))
    return []
  })
  const resolver = new Resolver({ servers: [at(server.port), at(server.port)] })
  await expect(resolver.mx(NAME, { signal: controller.signal })).rejects.toThrow('no longer needed')
  await expect(resolver.addresses(NAME, { signal: controller.signal })).rejects.toThrow('no longer needed')
  expect(server.asked.length).toBe(1)
})
