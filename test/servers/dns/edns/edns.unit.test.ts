import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cookies } from '../../../../servers/dns/edns/cookies.ts'
import { NameServer, type NameServerOptions } from '../../../../servers/dns/name-server.ts'
import type { Client } from '../../../../servers/dns/query/query.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { extendedErrors, OPTION_CODES, printOption } from '../../../../shared/dns/edns-options.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { EdnsOption, Message } from '../../../../shared/dns/message.ts'
import { silentLog } from '../../../../shared/log.ts'
import { message } from '../../../shared/dns/messages.ts'
import { zone, zones } from '../zones.ts'

const store = {
  zones: zones(
    zone(
      `
www A 127.0.0.1
long TXT ${Array.from({ length: 40 }, () => `"${'x'.repeat(40)}"`).join(' ')}
many A 127.0.0.1
${Array.from({ length: 30 }, (_, index) => `many A 127.0.1.${index}`).join('\n')}
`,
      'fourwire.test',
    ),
  ),
}
const NOW = 1_600_000_000
const UDP: Client = { transport: 'udp', address: '192.0.2.1', port: 4444 }
const TLS: Client = { ...UDP, transport: 'tls' }

interface QueryOptions {
  readonly options?: readonly EdnsOption[]
  readonly change?: Partial<Message>
  readonly client?: Client
  readonly parts?: Partial<NameServerOptions>
}

function exchange({ options = [], change = {}, client = UDP, parts = {} }: QueryOptions) {
  const server = new NameServer({
    store,
    cookies: new Cookies(Buffer.alloc(16)),
    identity: { nsid: 'ns1', version: '' },
    now: () => NOW,
    log: silentLog,
    ...parts,
  })
  const edns = { version: 0, udpPayloadSize: 4096, dnssecOk: false, options }
  const query = encodeMessage(message({ edns, ...change }))
  const bytes = server.handle(query, client)
  if (!Buffer.isBuffer(bytes)) throw new Error('no single response')
  const response = decodeMessage(bytes)
  const printed = (response.edns?.options ?? []).map(printOption)
  const reasons = extendedErrors(response).map(({ name }) => name)
  return { ...response, bytes: bytes.length, queryBytes: query.length, printed, reasons }
}

const option = (code: number, hex = ''): EdnsOption => ({ code, data: Buffer.from(hex, 'hex') })
const COOKIE = option(OPTION_CODES.COOKIE, '0102030405060708')
const www = { name: 'www.fourwire.test', type: 'A', class: 'IN' } as const

describe('NSID (RFC 5001)', () => {
  test('is in the response if the query requests it', () => {
    expect(exchange({ options: [option(OPTION_CODES.NSID)] }).printed).toEqual(['NSID: 6e 73 31 ("ns1")'])
    expect(exchange({}).printed).toEqual([])
  })

  test('is not in the response if the server has no name', () => {
    const parts = { identity: { nsid: '', version: '' } }
    expect(exchange({ options: [option(OPTION_CODES.NSID)], parts }).printed).toEqual([])
  })
})

describe('a cookie (RFC 7873)', () => {
  const [printed = ''] = exchange({ options: [COOKIE] }).printed
  const valid = option(OPTION_CODES.COOKIE, printed.slice('COOKIE: '.length))

  test('of the client is returned with the server cookie', () => {
    expect(printed).toMatch(/^COOKIE: 0102030405060708010000005f5e1000[\da-f]{16}$/)
    expect(exchange({ options: [valid] }).printed).toEqual([printed])
  })

  test('of an invalid length gets FORMERR with EDNS: without it, the server would seem not to know EDNS', () => {
    expect(exchange({ options: [option(OPTION_CODES.COOKIE, '0102')] })).toMatchObject({
      rcode: 'FORMERR',
      questions: [www],
      edns: { version: 0, options: [] },
    })
  })

  test('is ignored in another version of EDNS', () => {
    const options = [option(OPTION_CODES.COOKIE, '0102')]
    const edns = { version: 1, udpPayloadSize: 4096, dnssecOk: false, options }
    expect(exchange({ change: { edns } })).toMatchObject({ rcode: 'BADVERS', printed: [] })
  })

  test('is ignored if cookies are off', () => {
    const server = new NameServer({ store, log: silentLog })
    const edns = { version: 0, udpPayloadSize: 4096, dnssecOk: false, options: [option(OPTION_CODES.COOKIE, '01')] }
    const bytes = server.handle(encodeMessage(message({ edns })), UDP)
    expect(Buffer.isBuffer(bytes) && decodeMessage(bytes)).toMatchObject({ rcode: 'NOERROR', edns: { options: [] } })
  })

  test.each([
    ['only a client cookie', COOKIE, 'NOERROR'],
    ['a valid cookie', valid, 'NOERROR'],
    ['the cookie of another server', option(OPTION_CODES.COOKIE, '01020304050607080102030405060708'), 'BADCOOKIE'],
  ])('is requested by a query without a question, with %s', (_, cookie, rcode) => {
    const response = exchange({ options: [cookie], change: { questions: [] } })
    expect(response).toMatchObject({ rcode, questions: [], answers: [], printed: [printed] })
  })

  test('is also in errors', () => {
    const questions = [{ ...www, name: 'www.example.com' }]
    expect(exchange({ options: [COOKIE], change: { questions } }).printed).toEqual([
      printed,
      'EDE: 20 (Not Authoritative)',
    ])
  })
})

describe('an extended error (RFC 8914)', () => {
  test.each([
    ['REFUSED for a name outside the zones', { ...www, name: 'www.example.com' }, 'REFUSED', 'Not Authoritative'],
    ['REFUSED for a zone transfer', { ...www, type: 'AXFR' }, 'REFUSED', 'Prohibited'],
    ['NOTIMP for MAILB', { ...www, type: 'MAILB' }, 'NOTIMP', 'Not Supported'],
    ['REFUSED for another class', { ...www, class: 'HS' }, 'REFUSED', 'Not Supported'],
    [
      'REFUSED for an unknown name of class CH',
      { name: 'x.bind', type: 'TXT', class: 'CH' },
      'REFUSED',
      'Not Authoritative',
    ],
  ] as const)('explains %s', (_, question, rcode, reason) => {
    expect(exchange({ change: { questions: [question] } })).toMatchObject({ rcode, reasons: [reason] })
    expect(exchange({ change: { questions: [question], edns: undefined } })).toMatchObject({ rcode, edns: undefined })
  })
})

describe('the idle timeout of a connection (RFC 7828)', () => {
  const keepalive = [option(OPTION_CODES['TCP-KEEPALIVE'])]

  test('is in the response over connections if the query requests it', () => {
    expect(exchange({ options: keepalive, client: { ...UDP, transport: 'tcp' } }).printed).toEqual([
      'TCP-KEEPALIVE: 10.0 secs',
    ])
    expect(exchange({ options: keepalive, client: TLS }).printed).toEqual(['TCP-KEEPALIVE: 10.0 secs'])
    expect(exchange({ client: TLS }).printed).toEqual([])
  })

  test('is not in responses over UDP and HTTPS', () => {
    for (const transport of ['udp', 'https'] as const) {
      expect(exchange({ options: keepalive, client: { ...UDP, transport } }).printed).toEqual([])
    }
  })
})

describe('padding (RFC 7830)', () => {
  const padding = [option(OPTION_CODES.PADDING)]

  test('makes encrypted responses a multiple of 468 bytes long', () => {
    expect(exchange({ options: padding, client: TLS }).bytes).toBe(468)
    const questions = [{ ...www, name: 'long.fourwire.test', type: 'TXT' as const }]
    expect(
      exchange({ options: padding, client: { ...TLS, transport: 'https' }, change: { questions } }).bytes % 468,
    ).toBe(0)
  })

  test('is not in responses to queries without it, and not in unencrypted ones', () => {
    for (const options of [
      { client: TLS },
      { options: padding },
      { options: padding, client: { ...UDP, transport: 'tcp' as const } },
    ]) {
      expect(exchange(options).bytes).toBeLessThan(300)
    }
  })
})

/** `OPT` with these options, as hexadecimal digits. */
const opt = (data: string) => `000029040000000000${(data.length / 2).toString(16).padStart(4, '0')}${data}`

test.each([
  ['an option whose length exceeds its data', 1, opt('00030001')],
  ['half an option', 1, opt('0003')],
  ['two OPT records', 2, opt('') + opt('')],
  ['an OPT record that is not at the root', 1, `0178${opt('')}`],
])('rejects %s with FORMERR', (_, count, additionals) => {
  const query = Buffer.from(`12340000000100000000000${count}037777770000010001${additionals}`, 'hex')
  const bytes = new NameServer({ store, log: silentLog }).handle(query, UDP)
  expect(Buffer.isBuffer(bytes) && decodeMessage(bytes)).toMatchObject({ id: 0x1234, rcode: 'FORMERR' })
})

describe('amplification', () => {
  const parts = { amplification: 3 }
  const many = { questions: [{ ...www, name: 'many.fourwire.test' }] }

  test('is limited over UDP to three times the length of the query: longer ones are truncated, and complete over TCP', () => {
    const response = exchange({ change: many, parts })
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: { tc: true } })
    expect(response.bytes).toBeLessThanOrEqual(3 * response.queryBytes)
    expect(exchange({ change: many, parts, client: { ...UDP, transport: 'tcp' } })).toMatchObject({
      flags: { tc: false },
    })
  })

  test('is not limited for a client with a valid cookie', () => {
    const first = exchange({ options: [COOKIE], change: many, parts })
    expect(first.flags.tc).toBe(true)
    const [cookie] = first.edns?.options ?? []
    const again = exchange({ options: cookie ? [cookie] : [], change: many, parts })
    expect(again).toMatchObject({ flags: { tc: false } })
    expect(again.answers.length).toBe(31)
  })

  test('is not limited for clients on this machine, unless limitLoopback is set', () => {
    const client = { ...UDP, address: '127.0.0.1' }
    expect(exchange({ change: many, parts, client }).flags.tc).toBe(false)
    expect(exchange({ change: many, parts: { ...parts, limitLoopback: true }, client }).flags.tc).toBe(true)
  })

  test('is limited for options too: if they do not fit, only the cookie remains', () => {
    const identity = { nsid: 'n'.repeat(70), version: '' }
    const options = [COOKIE, option(OPTION_CODES.NSID)]
    const questions = [{ name: '.', type: 'A', class: 'IN' }] as const
    const response = exchange({ options, change: { questions }, parts: { ...parts, identity } })
    expect(response.bytes).toBeLessThanOrEqual(3 * response.queryBytes)
    expect(response.printed).toEqual([expect.stringMatching(/^COOKIE/)])
  })

  test('is limited for every query', () => {
    const name = fc.constantFrom(
      'www.fourwire.test',
      'long.fourwire.test',
      'many.fourwire.test',
      'nope.fourwire.test',
      '.',
      'x',
    )
    const type = fc.constantFrom('A', 'TXT', 'ANY', 'SOA', 'AXFR', 'NS')
    const options = fc.subarray([COOKIE, option(OPTION_CODES.NSID), option(OPTION_CODES.PADDING)])
    fc.assert(
      fc.property(name, type, fc.option(options), (name, type, options) => {
        const questions = [{ name, type, class: 'IN' as const }]
        const edns = options ? {} : { edns: undefined }
        const response = exchange({ options: options ?? [], change: { questions, ...edns }, parts })
        expect(response.bytes).toBeLessThanOrEqual(3 * response.queryBytes)
      }),
    )
  })
})

test('answers about the identity of the server are authoritative', () => {
  const questions = [{ name: 'id.server', type: 'TXT', class: 'CH' }] as const
  const response = exchange({ change: { questions } })
  expect(response).toMatchObject({ rcode: 'NOERROR', flags: { aa: true } })
  expect(response.answers).toEqual([
    { name: 'id.server', type: 'TXT', class: 'CH', ttl: 0, data: [Buffer.from('ns1')] },
  ])
})
