import { describe, expect, test } from 'vitest'
import { frame } from '../../../../shared/dns/frames.ts'
import { type Message, NO_FLAGS } from '../../../../shared/dns/message.ts'
import { ResolveError } from '../../../../shared/dns/resolver/resolve-error.ts'
import { Resolver } from '../../../../shared/dns/resolver/resolver.ts'
import type { ResolverOptions } from '../../../../shared/dns/resolver/server-pool.ts'
import { UnreachableError, UsageError } from '../../../../shared/errors.ts'
import { freePort } from '../../../helpers/free-port.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { record } from '../messages.ts'
import { at, response, tcpServer, udpAndTcpServer, udpServer } from '../scripted-server.ts'

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

/** Creates a resolver that queries a server with the zones above. */
async function resolverOf(options: ResolverOptions = {}): Promise<Resolver> {
  const { dns } = await suiteFor({ services: ['dns'], dns: { port: 0, publish: false, zones: ZONES } })
  return new Resolver({ servers: [at(dns.port)], ...options })
}

/** Returns the ResolveError that the promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<ResolveError> {
  const error: unknown = await promise.then(
    () => new Error('it was not rejected'),
    reason => reason,
  )
  expect(error).toBeInstanceOf(ResolveError)
  expect(error).toHaveProperty('name', 'ResolveError')
  return error as ResolveError
}

const respond = (query: Message) => [response(query, { answers: [ADDRESS] })]

describe('a resolver returns', () => {
  test('addresses, IPv4 first, through aliases', async () => {
    const resolver = await resolverOf()
    expect(await resolver.addresses('www.fourwire.test')).toEqual(['127.0.0.1', '::1'])
    expect(await resolver.addresses('six.fourwire.test')).toEqual(['::2'])
    expect(await resolver.addresses('alias.fourwire.test')).toEqual(['127.0.0.1', '::1'])
  })

  test('the records at the end of an alias, with another query if the alias leaves the zone', async () => {
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

  test('targets of a service by priority, with their addresses', async () => {
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

  test('nothing if a domain declares that it does not offer the service', async () => {
    const resolver = await resolverOf()
    expect(await resolver.srv('_none._tcp.fourwire.test')).toEqual([])
    expect(await resolver.mx('nomail.fourwire.test')).toEqual([])
  })

  test('texts, and the names of addresses', async () => {
    const resolver = await resolverOf()
    expect(await resolver.txt('fourwire.test')).toEqual(['one text'])
    expect(await resolver.reverse('127.0.0.1')).toEqual(['www.fourwire.test'])
  })

  test('records that do not fit into a datagram, by TCP', async () => {
    const { reply, records } = await (await resolverOf()).resolve('long.fourwire.test', 'TXT')
    expect([reply.transport, records.length]).toEqual(['tcp', 1])
  })
})

describe('a resolver throws', () => {
  test('NXDOMAIN or NODATA if the name or type does not exist', async () => {
    const resolver = await resolverOf()
    const [name, type, end] = [
      await errorOf(resolver.resolve('nope.fourwire.test')),
      await errorOf(resolver.resolve('www.fourwire.test', 'MX')),
      await errorOf(resolver.resolve('lost.fourwire.test')),
    ]
    expect(name).toMatchObject({ code: 'NXDOMAIN', rcode: 'NXDOMAIN', hostname: 'nope.fourwire.test', type: 'A' })
    expect(name.message).toBe('NXDOMAIN for nope.fourwire.test A: the name does not exist')
    expect(type).toMatchObject({ code: 'NODATA', rcode: 'NOERROR', type: 'MX' })
    expect(end).toMatchObject({ code: 'NXDOMAIN', hostname: 'nope.fourwire.test' })
    await expect(resolver.addresses('nope.fourwire.test')).rejects.toMatchObject({ code: 'NXDOMAIN' })
    await expect(resolver.addresses('fourwire.test')).rejects.toMatchObject({ code: 'NODATA' })
  })

  test('an error with the extended errors of the server', async () => {
    const options = [{ code: 15, data: Buffer.from('\0\x12not for you') }]
    const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options }
    const { port } = await udpServer(query => [response(query, { rcode: 'REFUSED', edns })])
    const error = await errorOf(new Resolver({ servers: [at(port)] }).resolve(NAME))
    expect(error.extendedErrors).toEqual(['18 (Prohibited): (not for you)'])
    expect(error.message).toContain('extended error: 18 (Prohibited): (not for you)')
  })

  test('a UsageError for invalid arguments', async () => {
    expect(() => new Resolver({ servers: [] })).toThrow(UsageError)
    await expect(new Resolver().resolve('a..b')).rejects.toThrow(UsageError)
    await expect(new Resolver().reverse('nonsense')).rejects.toThrow(UsageError)
  })

  test('an error if a chain of aliases is too long', async () => {
    const { port } = await udpServer((query, count) => [
      response(query, { answers: [record(query.questions[0]?.name ?? '', 'CNAME', `a${count}.test`)] }),
    ])
    await expect(new Resolver({ servers: [at(port)] }).resolve(NAME)).rejects.toThrow(
      'cannot resolve www.fourwire.test: more than 8 aliases in a chain',
    )
  })
})

describe('a resolver with several servers', () => {
  test.each(['SERVFAIL', 'REFUSED', 'NOTIMP'] as const)(
    'tries the next server after %s, and the failed one last from then on',
    async rcode => {
      const bad = await udpServer(query => [response(query, { rcode })])
      const good = await udpServer(respond)
      const resolver = new Resolver({ servers: [at(bad.port), at(good.port)] })
      expect((await resolver.resolve(NAME)).records).toEqual([ADDRESS])
      expect((await resolver.resolve(NAME)).records).toEqual([ADDRESS])
      expect([bad.queries.length, good.queries.length]).toEqual([1, 2])
    },
  )

  test('tries the next server if one does not respond within its share of the time', async () => {
    const silent = await udpServer(() => [])
    const good = await udpServer(respond)
    const resolver = new Resolver({ servers: [at(await freePort()), at(silent.port), at(good.port)], timeout: 6000 })
    expect((await resolver.resolve(NAME)).records).toEqual([ADDRESS])
    expect(silent.queries.length).toBe(1)
  })

  test('tries all servers twice before it throws an UnreachableError', async () => {
    const [one, other] = [await udpServer(() => []), await udpServer(() => [])]
    const attempt = new Resolver({ servers: [at(one.port), at(other.port)], timeout: 1200 }).resolve(NAME)
    await expect(attempt).rejects.toThrow(UnreachableError)
    await expect(attempt).rejects.toThrow(`could not reach 127.0.0.1:${other.port}: it did not answer`)
    await expect.poll(() => [one.queries.length, other.queries.length]).toEqual([2, 2])
  })

  test('throws the error of a response, if other servers do not respond', async () => {
    const [silent, bad] = [
      await udpServer(() => []),
      await udpServer(query => [response(query, { rcode: 'SERVFAIL' })]),
    ]
    const resolver = new Resolver({ servers: [at(silent.port), at(bad.port)], timeout: 2000 })
    expect((await errorOf(resolver.resolve(NAME))).code).toBe('SERVFAIL')
    expect(bad.queries.length).toBe(1)
  })

  test('accepts NXDOMAIN as an answer', async () => {
    const [one, other] = [await udpServer(query => [response(query, { rcode: 'NXDOMAIN' })]), await udpServer(respond)]
    const resolver = new Resolver({ servers: [at(one.port), at(other.port)] })
    expect((await errorOf(resolver.resolve(NAME))).code).toBe('NXDOMAIN')
    expect(other.queries).toEqual([])
  })

  test('starts each query at the next server with rotate', async () => {
    const [one, other] = [await udpServer(respond), await udpServer(respond)]
    const resolver = new Resolver({ servers: [at(one.port), at(other.port)], rotate: true })
    for (const _ of [1, 2, 3, 4]) await resolver.resolve(NAME)
    expect([one.queries.length, other.queries.length]).toEqual([2, 2])
  })
})

describe('against forged responses, a resolver', () => {
  test('uses another id, port and case for each query', async () => {
    const server = await udpServer(respond)
    const resolver = new Resolver({ servers: [at(server.port)] })
    for (let count = 0; count < 20; count++) await resolver.resolve(NAME)
    const names = new Set(server.queries.map(({ questions }) => questions[0]?.name))
    expect(new Set(server.queries.map(({ id }) => id)).size).toBeGreaterThan(15)
    expect(new Set(server.clientPorts).size).toBeGreaterThan(15)
    expect(names.size).toBeGreaterThan(15)
    expect([...names].map(name => name?.toLowerCase())).toEqual([...names].map(() => NAME))
  })

  test('repeats the query by TCP if a response has another case', async () => {
    const { port } = await udpAndTcpServer(
      query => [response(query, { questions: [{ name: NAME, type: 'A', class: 'IN' }], answers: [FORGED] })],
      (socket, query) => socket.write(frame(response(query, { answers: [ADDRESS] }))),
    )
    const { records, reply } = await new Resolver({ servers: [at(port)] }).resolve(NAME)
    expect([records, reply.transport]).toEqual([[ADDRESS], 'tcp'])
  })

  test('stops randomizing the case for a server that changes it by TCP too', async () => {
    const plain = (query: Message) =>
      response(query, { questions: [{ name: NAME, type: 'A', class: 'IN' }], answers: [ADDRESS] })
    const server = await udpAndTcpServer(
      query => [plain(query)],
      (socket, query) => socket.write(frame(plain(query))),
    )
    const resolver = new Resolver({ servers: [at(server.port)] })
    expect((await resolver.resolve(NAME)).reply.transport).toBe('tcp')
    expect((await resolver.resolve(NAME)).reply.transport).toBe('udp')
    expect(server.queries[1]?.questions[0]?.name).toBe(NAME)
  })

  test('repeats the query by TCP after many datagrams that do not match', async () => {
    const { port } = await udpAndTcpServer(
      query =>
        Array.from({ length: 64 }, (_, count) =>
          response(query, { id: (query.id + 1 + count) & 0xffff, answers: [FORGED] }),
        ),
      (socket, query) => socket.write(frame(response(query, { answers: [ADDRESS] }))),
    )
    const { records, reply } = await new Resolver({ servers: [at(port)] }).resolve(NAME)
    expect([records, reply.transport]).toEqual([[ADDRESS], 'tcp'])
  })

  test('repeats the query by TCP after a truncated response, and ignores its records', async () => {
    const { port } = await udpAndTcpServer(
      query => [
        response(query, { flags: { ...NO_FLAGS, tc: true }, answers: [FORGED] }).subarray(0, 40),
        response(query, { flags: { ...NO_FLAGS, tc: true }, answers: [FORGED] }),
      ],
      (socket, query) => socket.write(frame(response(query, { answers: [ADDRESS] }))),
    )
    expect((await new Resolver({ servers: [at(port)] }).resolve(NAME)).records).toEqual([ADDRESS])
  })

  test('ignores records of other names, beside the answer and in place of it', async () => {
    const evil = record('victim.test', 'A', '6.6.6.6')
    const place = record('fourwire.test', 'MX', { preference: 1, exchange: 'victim.test' })
    const { port } = await udpServer(query => {
      const [question] = query.questions
      if (question?.type === 'MX') return [response(query, { answers: [place, evil], additionals: [evil] })]
      const isVictim = question?.name.toLowerCase() === 'victim.test'
      return [
        response(query, {
          answers: isVictim && question?.type === 'A' ? [record('victim.test', 'A', '127.0.0.5')] : [evil],
        }),
      ]
    })
    const resolver = new Resolver({ servers: [at(port)] })
    expect(await resolver.mx('fourwire.test')).toMatchObject([{ exchange: 'victim.test', addresses: ['127.0.0.5'] }])
    expect((await errorOf(resolver.resolve(NAME))).code).toBe('NODATA')
  })

  test('applies one timeout to a response that arrives byte by byte', async () => {
    const port = await tcpServer((socket, query) => {
      const bytes = frame(response(query, { answers: [ADDRESS] }))
      let at = 0
      const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 50)
      socket.on('close', () => clearInterval(timer))
    })
    const resolver = new Resolver({ servers: [at(port)], transport: 'tcp', timeout: 300 })
    await expect(resolver.resolve(NAME)).rejects.toThrow('it did not answer in time')
  })
})

test('repeats the query without EDNS after FORMERR without an OPT record', async () => {
  const server = await udpServer(query => (query.edns ? [response(query, { rcode: 'FORMERR' })] : respond(query)))
  expect((await new Resolver({ servers: [at(server.port)] }).resolve(NAME)).records).toEqual([ADDRESS])
  expect(server.queries.map(({ edns }) => edns !== undefined)).toEqual([true, false])
})

test('a query can be aborted', async () => {
  const controller = new AbortController()
  const server = await udpServer(() => {
    controller.abort(new Error('no longer needed'))
    return []
  })
  const resolver = new Resolver({ servers: [at(server.port), at(server.port)] })
  await expect(resolver.mx(NAME, { signal: controller.signal })).rejects.toThrow('no longer needed')
  await expect(resolver.addresses(NAME, { signal: controller.signal })).rejects.toThrow('no longer needed')
  expect(server.queries.length).toBe(1)
})
