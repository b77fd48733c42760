/** AUTH (RFC 4954) and delivery status notifications (RFC 3461). */
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { type SmtpRequest, send } from '../../../clients/smtp/index.ts'
import { UsageError } from '../../../shared/errors.ts'
import { startPeer } from './smtp-peer.ts'

const REQUEST: SmtpRequest = { from: 'ann@example.org', to: 'bob@fourwire.test', subject: 'Hello', text: 'Hi.' }
const CREDENTIALS = { user: 'ann', password: 'secret' }

test.each([['PLAIN'], ['LOGIN'], ['CRAM-MD5']])('logs in with %s', async method => {
  const peer = await startPeer({
    authMethods: [method],
    allowInsecureAuth: true,
    onAuth: (auth, _session, callback) =>
      auth.method === 'CRAM-MD5' && !auth.validatePassword('secret')
        ? callback(new Error('wrong'))
        : callback(null, { user: auth.username }),
  })
  await send({ ...REQUEST, server: peer.address, credentials: CREDENTIALS })
  expect(peer.received).toMatchObject([{ user: 'ann' }])
})

test('throws with the reply of the server if the password is wrong', async () => {
  const peer = await startPeer({ allowInsecureAuth: true })
  const credentials = { user: 'ann', password: 'wrong' }
  await expect(send({ ...REQUEST, server: peer.address, credentials })).rejects.toMatchObject({
    name: 'RefusedError',
    code: 535,
    message: 'cannot log in as "ann": 535 Wrong password',
  })
  expect(peer.received).toEqual([])
})

test('fails if the server does not offer AUTH, and sends nothing', async () => {
  const peer = await startPeer({ disabledCommands: ['AUTH'] })
  await expect(send({ ...REQUEST, server: peer.address, credentials: CREDENTIALS })).rejects.toMatchObject({
    name: 'RefusedError',
    code: 'AUTH',
    message: 'the server does not offer AUTH. Omit --user and --password, or give --starttls',
  })
  expect(peer.received).toEqual([])
})

/** An address of this machine that is not a loopback address. */
const EXTERNAL = Object.values(networkInterfaces())
  .flatMap(addresses => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

test.skipIf(EXTERNAL === undefined)('sends a password to another machine only over TLS', async () => {
  const peer = await startPeer({ allowInsecureAuth: true }, { host: EXTERNAL ?? '' })
  const request = { ...REQUEST, server: peer.address, credentials: CREDENTIALS }
  await expect(send(request)).rejects.toThrow(UsageError)
  await expect(send(request)).rejects.toThrow(`the password would be sent to ${EXTERNAL} unencrypted`)
  expect(peer.received).toEqual([])
  await send({ ...request, tls: 'starttls', verification: { ca: peer.ca } })
  expect(peer.received).toMatchObject([{ user: 'ann', secure: true }])
})

test('requests notifications for every recipient', async () => {
  const peer = await startPeer()
  const dsn = { notify: ['success', 'delay'], ret: 'hdrs', envid: 'order 7+8' } as const
  await send({ ...REQUEST, to: ['bob@fourwire.test', 'carol@fourwire.test'], server: peer.address, dsn })
  const [mail] = peer.received
  expect(mail?.envelope).toMatchObject({
    dsn: { ret: 'HDRS', envid: 'order 7+8' },
    rcptTo: [{ dsn: { notify: ['SUCCESS', 'DELAY'] } }, { dsn: { notify: ['SUCCESS', 'DELAY'] } }],
  })
})

test('requests no notifications', async () => {
  const peer = await startPeer()
  await send({ ...REQUEST, server: peer.address, dsn: { notify: 'never' } })
  expect(peer.received).toMatchObject([{ envelope: { rcptTo: [{ dsn: { notify: ['NEVER'] } }] } }])
})

test('fails if the server does not offer DSN', async () => {
  const peer = await startPeer({ hideDSN: true })
  await expect(send({ ...REQUEST, server: peer.address, dsn: { ret: 'full' } })).rejects.toMatchObject({
    name: 'RefusedError',
    code: 'DSN',
    message: 'the server does not offer DSN. Omit --notify, --ret and --envid',
  })
  expect(peer.received).toEqual([])
})
