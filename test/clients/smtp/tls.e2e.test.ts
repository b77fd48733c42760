/** Encryption: STARTTLS, opportunistic STARTTLS and implicit TLS, and what the trace shows of them. */
import { expect, test } from 'vitest'
import { type SmtpEncryption, type SmtpRequest, send } from '../../../clients/smtp/index.ts'
import { openTls } from '../../../shared/net/tls/tls.ts'
import type { Locate } from '../../../shared/service.ts'
import { Trace } from '../../../shared/trace/trace.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { describeEvent, recordEvents } from '../../helpers/suite.ts'
import { startPeer } from './smtp-peer.ts'

const REQUEST: SmtpRequest = { from: 'ann@example.org', to: 'bob@fourwire.test', subject: 'Hello', text: 'Hi.' }

test.each<[SmtpEncryption, boolean]>([
  ['starttls', false],
  ['opportunistic', false],
  ['implicit', true],
])('%s encrypts and verifies the certificate', async (tls, secure) => {
  const peer = await startPeer({ secure })
  const result = await send({ ...REQUEST, server: peer.address, tls, verification: { ca: peer.ca } })
  expect(result).toMatchObject({ accepted: ['bob@fourwire.test'], sessions: [{ encrypted: true }] })
  expect(peer.received).toMatchObject([{ secure: true }])
})

test.each<SmtpEncryption | undefined>([undefined, 'opportunistic'])(
  '%s sends unencrypted to a server without TLS',
  async tls => {
    const peer = await startPeer({ disabledCommands: ['STARTTLS'] })
    expect(await send({ ...REQUEST, server: peer.address, tls })).toMatchObject({ sessions: [{ encrypted: false }] })
  },
)

test('does not use STARTTLS by default', async () => {
  const peer = await startPeer()
  await send({ ...REQUEST, server: peer.address })
  expect(peer.received).toMatchObject([{ secure: false }])
})

test('fails if STARTTLS is required and the server does not offer it', async () => {
  const peer = await startPeer({ disabledCommands: ['STARTTLS'] })
  await expect(send({ ...REQUEST, server: peer.address, tls: 'starttls' })).rejects.toMatchObject({
    name: 'RefusedError',
    code: 500,
    message: expect.stringMatching(/^not sent: the server refused STARTTLS: 500 .*Without --starttls/),
  })
  expect(peer.received).toEqual([])
})

test.each<[SmtpEncryption, boolean]>([
  ['starttls', false],
  ['opportunistic', false],
  ['implicit', true],
])('%s refuses the certificate of an unknown authority, unless it is insecure', async (tls, secure) => {
  const peer = await startPeer({ secure })
  const { ca } = await openTls({ dataFolder: await emptyFolder() })
  const request = { ...REQUEST, server: peer.address, tls }
  await expect(send({ ...request, verification: { ca } })).rejects.toMatchObject({
    name: 'RefusedError',
    code: 'certificate',
    message: expect.stringMatching(`^cannot verify the certificate of ${peer.address}: .*--cacert FILE`),
  })
  expect(peer.received).toEqual([])
  await send({ ...request, verification: { ca, insecure: true } })
  expect(peer.received).toHaveLength(1)
})

test('the certificate must be for the given name, and the authority of the suite is trusted', async () => {
  const peer = await startPeer()
  const options = { authority: async () => peer.ca, locate: async () => ({ host: '127.0.0.1', port: peer.port }) }
  await send({ ...REQUEST, server: 'mail.fourwire.test', tls: 'starttls' }, options)
  await expect(send({ ...REQUEST, server: 'mail.example.org', tls: 'starttls' }, options)).rejects.toMatchObject({
    code: 'certificate',
    message: expect.stringContaining("Host: mail.example.org. is not in the cert's altnames"),
  })
})

test('the trace of one conversation continues within TLS after STARTTLS', async () => {
  const peer = await startPeer()
  const client = recordEvents()
  const request = { ...REQUEST, server: peer.address, tls: 'starttls', verification: { ca: peer.ca } } as const
  await send({ ...request, credentials: { user: 'ann', password: 'secret' } }, { trace: client.trace })
  await client.until(event => event.kind === 'close')
  expect(client.lines().map(line => line.replace(/SIZE=\d+|\d+ bytes|\[127.*\]|(?<=EHLO ).*/, '*'))).toEqual([
    'open control',
    expect.stringMatching(/^message response 0 220 .* ESMTP$/),
    'message request 1 EHLO *',
    expect.stringMatching(/^message response 1 250 /),
    'message request 2 STARTTLS',
    'message response 2 220 Ready to start TLS',
    'state control',
    'message request 3 EHLO *',
    expect.stringMatching(/^message response 3 250 /),
    'message request 4 AUTH PLAIN ****',
    'message response 4 235 Authentication successful',
    'message request 5 MAIL FROM:<ann@example.org>',
    'message request 6 RCPT TO:<bob@fourwire.test>',
    'message request 7 DATA',
    'message response 5 250 Accepted',
    'state control',
    'message response 6 250 Accepted',
    expect.stringMatching(/^message response 7 354 /),
    'transfer request 8 * of mail, Subject: Hello',
    'message response 8 250 Kept',
    'state control',
    'message request 9 QUIT',
    'message response 9 221 Bye',
    'close control',
  ])
  expect(new Set(client.events.map(event => event.conversation)).size).toBe(1)
  expect(JSON.stringify(client.events)).not.toContain(Buffer.from('\0ann\0secret').toString('base64'))
})

test('a signal cancels sending after STARTTLS', async () => {
  const controller = new AbortController()
  const peer = await startPeer({ onRcptTo: () => controller.abort(new Error('no longer needed')) })
  const attempt = send(
    { ...REQUEST, server: peer.address, tls: 'starttls', verification: { ca: peer.ca } },
    { signal: controller.signal },
  )
  await expect(attempt).rejects.toThrow('no longer needed')
})

test('a server that does not speak TLS is named, and how to start one', async () => {
  const peer = await startPeer()
  await expect(send({ ...REQUEST, server: peer.address, tls: 'implicit' })).rejects.toMatchObject({
    code: 'tls',
    message: `TLS handshake with ${peer.address} failed: the server does not speak TLS on that port`,
  })
})

test('without a server, implicit TLS uses the port of the running suite for it', async () => {
  const peer = await startPeer({ secure: true })
  const targets: unknown[] = []
  const locate: Locate = async target => {
    targets.push(target)
    return { host: '127.0.0.1', port: peer.port }
  }
  await send({ ...REQUEST, tls: 'implicit' }, { locate, authority: async () => peer.ca })
  expect(targets).toEqual([{ service: 'smtp', host: undefined, port: undefined, tls: true, signal: undefined }])
})

test.each<SmtpEncryption>(['starttls', 'implicit'])(
  '%s: the client closes the connection without an error at the server',
  async tls => {
    const errors: unknown[] = []
    const peer = await startPeer({ secure: tls === 'implicit' }, { onError: error => errors.push(error) })
    await send({ ...REQUEST, server: peer.address, tls, verification: { ca: peer.ca } })
    await peer.close()
    expect(errors).toEqual([])
  },
)

test('a trace that is switched on within TLS shows the rest of the conversation', async () => {
  const trace = new Trace()
  const lines: string[] = []
  const peer = await startPeer({
    onMailFrom: (_address, _session, callback) => {
      trace.on(event => lines.push(describeEvent(event)))
      callback()
    },
    hidePIPELINING: true,
  })
  await send({ ...REQUEST, server: peer.address, tls: 'starttls', verification: { ca: peer.ca } }, { trace })
  expect(lines.slice(0, 4)).toEqual([
    'open control',
    'message response 0 250 Accepted',
    'message request 1 RCPT TO:<bob@fourwire.test>',
    'message response 1 250 Accepted',
  ])
})
