/** Delivery to the mail exchangers of the recipients' domains, found with the suite's resolver. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { RecipientsRefusedError, type SmtpRequest, send } from '../../../clients/smtp/index.ts'
import { parseAddressLiteral } from '../../../clients/smtp/mailbox.ts'
import { groupByDomain } from '../../../clients/smtp/mx.ts'
import { UnreachableError, UsageError } from '../../../shared/errors.ts'
import { createLocate, createLocateMail } from '../../../shared/launcher/index.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { startPeer } from './smtp-peer.ts'

const REQUEST: SmtpRequest = { from: 'ann@example.org', subject: 'Hello', text: 'Hi.', mx: true }

/** Starts a suite with DNS and SMTP. `addHost` publishes the port of an exchanger. */
async function startSuite() {
  const suite = await suiteFor({
    services: ['dns', 'smtp'],
    smtp: { domains: ['fourwire.test', 'sales.fourwire.test'] },
  })
  const { trace, ...recorder } = recordEvents()
  const options = {
    locate: createLocate(suite.endpoints, trace),
    locateMail: createLocateMail(suite.endpoints, trace),
    trace,
  }
  const addHost = (host: string, port: number) => {
    suite.dns.set(host, 'A', '127.0.0.1')
    suite.dns.set(`_smtp._tcp.${host}`, 'SRV', `0 0 ${port} ${host}`)
  }
  return { suite, options, addHost, recorder }
}

/** Returns a port on which no server listens. */
async function closedPort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

test('has one session with the exchanger of each domain', async () => {
  const { suite, options, addHost } = await startSuite()
  const peer = await startPeer()
  addHost('mx.fourwire.test', peer.port)
  suite.dns.set('other.fourwire.test', 'MX', '10 mx.fourwire.test')
  const to = ['bob@fourwire.test', 'dan@other.fourwire.test', 'carol@FOURWIRE.test']
  const result = await send({ ...REQUEST, to }, options)
  expect(result).toMatchObject({
    accepted: ['bob@fourwire.test', 'carol@fourwire.test', 'dan@other.fourwire.test'],
    rejected: [],
    sessions: [
      { exchanger: 'mail.fourwire.test', server: { host: '127.0.0.1', port: suite.smtp.port } },
      { exchanger: 'mx.fourwire.test', server: { host: '127.0.0.1', port: peer.port }, response: { code: 250 } },
    ],
  })
  const [mail] = await suite.mail.list()
  expect(mail?.envelope.to).toEqual(['bob@fourwire.test', 'carol@fourwire.test'])
  expect(peer.received[0]?.envelope.rcptTo).toMatchObject([{ address: 'dan@other.fourwire.test' }])
})

test('tries the exchangers in the order of their preference', async () => {
  const { suite, options, addHost } = await startSuite()
  const peer = await startPeer()
  const busy = await startPeer({
    onConnect: (_session, callback) => callback(Object.assign(new Error('later'), { responseCode: 421 })),
  })
  addHost('dead.fourwire.test', await closedPort())
  addHost('busy.fourwire.test', busy.port)
  addHost('backup.fourwire.test', peer.port)
  suite.dns.set('other.fourwire.test', 'MX', [
    '30 backup.fourwire.test',
    '10 dead.fourwire.test',
    '20 busy.fourwire.test',
  ])
  const result = await send({ ...REQUEST, to: 'dan@other.fourwire.test' }, options)
  expect(result.sessions).toMatchObject([{ exchanger: 'backup.fourwire.test' }])
})

test('a final rejection ends the search', async () => {
  const { suite, options, addHost } = await startSuite()
  const [strict, lax] = [
    await startPeer({
      onRcptTo: (_address, _session, callback) =>
        callback(Object.assign(new Error('5.1.1 No such user'), { responseCode: 550 })),
    }),
    await startPeer(),
  ]
  addHost('strict.fourwire.test', strict.port)
  addHost('lax.fourwire.test', lax.port)
  suite.dns.set('other.fourwire.test', 'MX', ['10 strict.fourwire.test', '20 lax.fourwire.test'])
  await expect(send({ ...REQUEST, to: 'dan@other.fourwire.test' }, options)).rejects.toMatchObject({
    code: 550,
    rejected: [{ address: 'dan@other.fourwire.test', code: 550, text: '5.1.1 No such user' }],
  })
  expect(lax.received).toEqual([])
})

test('a domain without MX records is its own exchanger', async () => {
  const { options, addHost } = await startSuite()
  const peer = await startPeer()
  addHost('plain.fourwire.test', peer.port)
  const result = await send({ ...REQUEST, to: 'dan@plain.fourwire.test' }, options)
  expect(result.sessions).toMatchObject([{ exchanger: 'plain.fourwire.test', server: { port: peer.port } }])
})

test('each domain that fails has a code, and the others get the message', async () => {
  const { suite, options, addHost } = await startSuite()
  const port = await closedPort()
  addHost('dead.fourwire.test', port)
  suite.dns.set('null.fourwire.test', 'MX', '0 .')
  suite.dns.set('broken.fourwire.test', 'MX', '10 dead.fourwire.test')
  const to = [
    'a@null.fourwire.test',
    'b@missing.fourwire.test',
    'c@example.org',
    'd@broken.fourwire.test',
    'bob@fourwire.test',
  ]
  const { accepted, rejected } = await send({ ...REQUEST, to }, options)
  expect(accepted).toEqual(['bob@fourwire.test'])
  expect(rejected.map(({ address, code, text }) => `${address} ${code} ${text}`)).toEqual([
    'a@null.fourwire.test 556 5.1.10 null.fourwire.test accepts no mail (null MX, RFC 7505)',
    expect.stringMatching(
      /^b@missing\.fourwire\.test 550 5\.1\.2 cannot find the mail exchanger of missing\.fourwire\.test: the name does not exist \(NXDOMAIN\)$/,
    ),
    expect.stringMatching(
      /^c@example\.org 451 4\.4\.3 cannot find the mail exchanger of example\.org: .* \(REFUSED\)$/,
    ),
    expect.stringMatching(`^d@broken.fourwire.test 451 4.4.1 could not reach 127.0.0.1:${port}: connection refused`),
  ])
})

test('if every domain fails, the error has the codes of all recipients', async () => {
  const { suite, options } = await startSuite()
  suite.dns.set('null.fourwire.test', 'MX', '0 .')
  const attempt = send({ ...REQUEST, to: ['a@null.fourwire.test', 'b@missing.fourwire.test'] }, options)
  await expect(attempt).rejects.toThrow(RecipientsRefusedError)
  await expect(attempt).rejects.toMatchObject({ code: 556, rejected: [{ code: 556 }, { code: 550 }] })
})

test('requires STARTTLS with a certificate for the name of the exchanger', async () => {
  const { suite, options, addHost } = await startSuite()
  const peer = await startPeer()
  addHost('mx.fourwire.test', peer.port)
  suite.dns.set('other.fourwire.test', 'MX', '10 mx.fourwire.test')
  const request = { ...REQUEST, to: 'dan@other.fourwire.test', tls: 'starttls' } as const
  await send(request, { ...options, authority: async () => peer.ca })
  expect(peer.received).toMatchObject([{ secure: true }])
  await expect(send(request, options)).rejects.toMatchObject({ code: 'certificate' })
})

test('the trace shows the queries for MX and SRV before the session', async () => {
  const { options, recorder } = await startSuite()
  await send({ ...REQUEST, to: 'bob@fourwire.test' }, options)
  const summaries = recorder.events.filter(({ kind }) => kind === 'message').map(({ summary }) => summary)
  expect(summaries.filter(summary => summary.startsWith('query'))).toEqual([
    expect.stringContaining('query MX fourwire.test'),
    expect.stringContaining('query SRV _smtp._tcp.mail.fourwire.test'),
  ])
  expect(summaries).toContain('RCPT TO:<bob@fourwire.test>')
})

test('needs a resolver, and a DNS server that answers', async () => {
  await expect(send({ ...REQUEST, to: 'bob@fourwire.test' })).rejects.toThrow(UsageError)
  const endpoint = { service: 'dns', scheme: 'dns', transport: 'udp', host: '127.0.0.1', url: '' } as const
  const locateMail = createLocateMail([{ ...endpoint, port: await closedPort() }])
  await expect(send({ ...REQUEST, to: 'bob@fourwire.test' }, { locateMail })).rejects.toThrow(UnreachableError)
})

test('groups recipients by domain, in the order of the envelope', () => {
  expect(groupByDomain(['a@x.test', 'b@[127.0.0.1]', 'c@X.test'])).toEqual([
    { domain: 'x.test', recipients: ['a@x.test', 'c@X.test'] },
    { domain: '[127.0.0.1]', recipients: ['b@[127.0.0.1]'] },
  ])
  expect(() => groupByDomain(['postmaster'])).toThrow('mx: "postmaster" has no domain')
})

test.each([
  ['[192.0.2.1]', '192.0.2.1'],
  ['[IPv6:2001:db8::1]', '2001:db8::1'],
  ['example.org', undefined],
])('the address in %s is %s', (domain, address) => {
  expect(parseAddressLiteral(domain)).toBe(address)
})

test('an exchanger without an address is named', async () => {
  const { suite, options } = await startSuite()
  suite.dns.set('other.fourwire.test', 'MX', '10 mx.example.org')
  await expect(send({ ...REQUEST, to: 'dan@other.fourwire.test' }, options)).rejects.toMatchObject({
    code: 451,
    message: 'cannot find the address of mx.example.org. Add A or AAAA records',
  })
})
