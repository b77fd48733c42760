/** What clients of each server get while the database is away: an answer that says "later", never a wrong one. */
import { expect, type TestContext, test } from 'vitest'
import { Resolver } from '../../clients/dns/index.ts'
import { Relay } from '../helpers/relay.ts'
import { suiteFor } from '../helpers/suite.ts'
import { Wire } from '../helpers/wire.ts'
import { locateOnPostgres } from '../shared/store/engines.ts'
import { openSession as openFtp, sendCommand } from './ftp/sessions.ts'
import { AppClient, signedInClient } from './http/app/client.ts'
import { ENVELOPE, OPENING } from './smtp/transcripts.ts'

const PASSWORD = 'secret'
const FTP_LOGIN = `
  S: 220 *
  C: USER ann
  S: 331 *
  C: PASS ${PASSWORD}
`
const AUTH = `C: AUTH PLAIN ${Buffer.from(`\0ann\0${PASSWORD}`).toString('base64')}`
/** More attempts than an account may fail to sign in. */
const ATTEMPTS = 12

/** Starts the servers on a database behind a relay, with an account. */
async function setUp(context: TestContext) {
  const url = new URL((await locateOnPostgres(context)).url)
  const relay = await Relay.start(Number(url.port))
  url.port = String(relay.port)
  const suite = await suiteFor({ services: ['http', 'ftp', 'smtp', 'dns'], store: url.href })
  await suite.accounts.add({ name: 'ann', password: PASSWORD })
  return { suite, relay }
}

test('HTTP answers 503 with Retry-After, and serves what needs no database', async context => {
  const { suite, relay } = await setUp(context)
  const client = await signedInClient(suite.http.url, 'ann', PASSWORD)
  const stranger = new AppClient(suite.http.url)
  await relay.refuse()

  for (const path of ['/api/session', '/api/notices', '/app/notices', '/mail', '/mail/x']) {
    const { status, headers, text } = await client.get(path)
    expect([status, headers.get('retry-after')], path).toEqual([503, '1'])
    expect(text, path).toContain('The database is not available. Try again later.')
    expect(text, path).not.toContain('ECONNREFUSED')
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    expect((await stranger.signIn('ann', PASSWORD)).status).toBe(503)
  }
  expect((await client.get('/files/hello.txt')).text).toBe('Hello from Fourwire.\n')
  expect((await client.get('/healthz')).status).toBe(200)

  await relay.open()
  expect((await client.get('/api/session')).json).toMatchObject({ account: { name: 'ann' } })
  expect((await stranger.signIn('ann', PASSWORD)).status).toBe(200)
})

test('SMTP replies 451 to mail and 454 to credentials, and the session continues', async context => {
  const { suite, relay } = await setUp(context)
  const [signedIn, stranger, sender] = [
    await Wire.connect(suite.smtp.port),
    await Wire.connect(suite.smtp.port),
    await Wire.connect(suite.smtp.port),
  ]
  await signedIn.play(`${OPENING}\n${AUTH}\nS: 235 *`)
  await stranger.play(OPENING)
  await sender.play(`${OPENING}\n${ENVELOPE}\nC: DATA\nS: 354 *`)
  await relay.refuse()

  const later = 'S: 451 4.3.0 The command failed, try again later'
  await signedIn.play(`C: MAIL FROM:<ann@fourwire.test>\n${later}`)
  await stranger.play(`${AUTH}\nS: 454 4.7.0 Credentials cannot be verified now, try again later`)
  await stranger.play(`C: MAIL FROM:<x@fourwire.test>\nS: 250 *\nC: RCPT TO:<carol@fourwire.test>\n${later}`)
  await sender.play('C: Subject: x\nC:\nC: .\nS: 451 4.3.0 *')

  await relay.open()
  await signedIn.play('C: MAIL FROM:<ann@fourwire.test>\nS: 250 *')
  await stranger.play(`C: RCPT TO:<carol@fourwire.test>\nS: 250 *\nC: RSET\nS: 250 *\n${AUTH}\nS: 235 *`)
  await sender.play(`${ENVELOPE}\nC: DATA\nS: 354 *\nC: Subject: y\nC:\nC: .\nS: 250 *`)
  expect((await suite.mail.list()).map(({ subject }) => subject)).toEqual(['y'])
})

test('FTP replies 451 to commands and 421 to a login, and open sessions continue', async context => {
  const { suite, relay } = await setUp(context)
  const session = await openFtp(suite.ftp.port, `${FTP_LOGIN}S: 230 *`)
  await relay.refuse()

  for (const command of ['SIZE files/hello.txt', 'CWD files', 'MKD new', 'DELE files/hello.txt']) {
    expect(await sendCommand(session, command), command).toBe('451 The accounts cannot be read; try again later')
  }
  const login = `${FTP_LOGIN}S: 421 The accounts cannot be read; try again later\nS: (closed)`
  await openFtp(suite.ftp.port, login)

  await relay.open()
  expect(await sendCommand(session, 'SIZE files/hello.txt')).toBe('213 21')
  await openFtp(suite.ftp.port, `${FTP_LOGIN}S: 230 *`)
})

test('no client waits long for a database that does not answer', { timeout: 60_000 }, async context => {
  const { suite, relay } = await setUp(context)
  const http = await signedInClient(suite.http.url, 'ann', PASSWORD)
  const ftp = await openFtp(suite.ftp.port, `${FTP_LOGIN}S: 230 *`)
  const smtp = await Wire.connect(suite.smtp.port)
  await smtp.play(`${OPENING}\nC: MAIL FROM:<x@fourwire.test>\nS: 250 *`)
  relay.beSilent()

  // A statement may take 5 s. If one request waited for the other, they would take longer than the test may.
  const paths = [
    '/api/session',
    '/app/notices',
    '/mail',
    '/mail?q=word',
    ...Array.from({ length: 50 }, () => '/mail/x'),
  ]
  const statuses = Promise.all(paths.map(async path => (await http.get(path)).status))
  const reply = sendCommand(ftp, 'SIZE files/hello.txt')
  await smtp.play('C: RCPT TO:<carol@fourwire.test>\nS: 451 4.3.0 *')
  expect(await reply).toMatch(/^451 /)
  expect(new Set(await statuses)).toEqual(new Set([503]))

  relay.answer()
  await expect.poll(async () => (await http.get('/api/session')).status).toBe(200)
  await smtp.play('C: RCPT TO:<carol@fourwire.test>\nS: 250 *')
  expect(await sendCommand(ftp, 'SIZE files/hello.txt')).toBe('213 21')
})

test('DNS answers', async context => {
  const { suite, relay } = await setUp(context)
  await relay.refuse()
  const resolver = new Resolver({ servers: [`127.0.0.1:${suite.dns.port}`] })
  expect(await resolver.resolve('www.fourwire.test')).toMatchObject({ name: 'www.fourwire.test' })
})
