import os from 'node:os'
import { expect, test } from 'vitest'
import { Wire } from '../../helpers/wire.ts'
import { openSession, startServer } from './start-server.ts'
import { CLOSING, EMPTY_MESSAGE, ENVELOPE, OPENING } from './transcripts.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const ALICE = base64('\0alice\0wonderland')

test.each([
  ['PLAIN with an initial response', `C: AUTH PLAIN ${ALICE}`],
  ['PLAIN in two steps', `C: AUTH PLAIN\nS: 334*\nC: ${ALICE}`],
  [
    'LOGIN',
    `C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: ${base64('alice')}\nS: 334 UGFzc3dvcmQ6\nC: ${base64('wonderland')}`,
  ],
  ['LOGIN with the user name', `C: auth login ${base64('Alice')}\nS: 334 *\nC: ${base64('wonderland')}`],
])('signs in with %s, and records the account with the message', async (_title, exchange) => {
  const { suite, wire } = await openSession()
  await wire.play(`
    ${OPENING}
    ${exchange}
    S: 235 2.7.0 Authentication successful
    ${ENVELOPE}
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail?.account).toBe('alice')
  expect(mail?.parameters.credentials).toBeUndefined()
  expect(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []).toString()).toContain('with ESMTPA for')
})

test('accepts a token of the application in place of the password, once, and for its account only', async () => {
  const { port, store } = await startServer({ auth: 'required' })
  const ann = await store.accounts.add({ name: 'ann', password: 'x' })
  await store.accounts.add({ name: 'ben', password: 'x' })
  const token = await store.submissionTokens.create(ann)
  const authOf = (user: string) => `C: AUTH PLAIN ${base64(`\0${user}\0${token}`)}`
  const [first, second] = [await Wire.connect(port), await Wire.connect(port)]
  await first.play(`
    ${OPENING}
    ${authOf('ben')}
    S: 535 5.7.8 User name or password is wrong
    ${authOf('Ann')}
    S: 235 2.7.0 Authentication successful
    ${ENVELOPE}
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  await second.play(`
    ${OPENING}
    ${authOf('ann')}
    S: 535 5.7.8 User name or password is wrong
    ${CLOSING}
  `)
  const { messages } = await store.mail.list()
  expect(messages[0]?.account).toBe('ann')
})

test('if any credentials are accepted, a token is not stored with the message', async () => {
  const { port, store } = await startServer({ auth: 'any' })
  const ann = await store.accounts.add({ name: 'ann', password: 'x' })
  const token = await store.submissionTokens.create(ann)
  const wire = await Wire.connect(port)
  await wire.play(`
    ${OPENING}
    C: AUTH PLAIN ${base64(`\0ann\0${token}`)}
    S: 235 *
    ${ENVELOPE}
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const { messages } = await store.mail.list()
  expect([messages[0]?.account, messages[0]?.parameters.credentials]).toEqual(['ann', undefined])
})

test('the conversation of a message has no credentials', async () => {
  const { port, store } = await startServer()
  await store.accounts.add({ name: 'alice', password: 'wonderland' })
  const wire = await Wire.connect(port)
  await wire.play(`
    ${OPENING}
    C: AUTH PLAIN ${ALICE}
    S: 235 *
    ${ENVELOPE}
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const { messages } = await store.mail.list()
  const transcript = await store.mail.transcript(messages[0]?.id ?? '')
  expect(transcript?.split('\n').slice(12)).toEqual([
    'C: AUTH PLAIN ****',
    'S: 235 2.7.0 Authentication successful',
    'C: MAIL FROM:<ann@client.example>',
    'S: 250 2.1.0 Sender accepted',
    'C: RCPT TO:<bob@fourwire.test>',
    'S: 250 2.1.5 Recipient accepted',
    'C: DATA',
    'S: 354 End data with <CR><LF>.<CR><LF>',
    'C: (0 bytes of message)',
    `S: 250 2.6.0 Message kept as ${messages[0]?.id}`,
    '',
  ])
  expect(transcript).not.toContain(ALICE)
})

test.each([
  ['another mechanism', 'AUTH CRAM-MD5', '504 5.5.4 Unknown mechanism; the reply to EHLO lists the mechanisms'],
  ['no mechanism', 'AUTH', '501 5.5.4 Syntax: AUTH mechanism [initial-response]'],
  ['PLAIN with two responses', `AUTH PLAIN ${ALICE} x`, '501 5.5.4 Syntax: AUTH mechanism [initial-response]'],
  ['LOGIN with two responses', 'AUTH LOGIN x y', '501 5.5.4 Syntax: AUTH mechanism [initial-response]'],
  ['a malformed response', 'AUTH PLAIN xyz', '501 5.5.2 The credentials are malformed'],
  ['an empty response', 'AUTH PLAIN =', '501 5.5.2 The credentials are malformed'],
  ['a control character in PLAIN', `AUTH PLAIN ${base64('\0a\nb\0c')}`, '501 5.5.2 The credentials are malformed'],
  ['a control character in LOGIN', `AUTH LOGIN ${base64('a\nb')}`, '501 5.5.2 The credentials are malformed'],
  ['no user name in PLAIN', `AUTH PLAIN ${base64('\0\0wonderland')}`, '535 5.7.8 User name or password is wrong'],
  ['no user name in LOGIN', 'AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: ', '501 5.5.2 The user name is empty'],
  ['a canceled PLAIN', 'AUTH PLAIN\nS: 334*\nC: *', '501 5.7.0 Sign-in canceled'],
  ['a canceled LOGIN', 'AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: *', '501 5.7.0 Sign-in canceled'],
  [
    'a LOGIN that is canceled at the password',
    `AUTH LOGIN ${base64('alice')}\nS: 334 UGFzc3dvcmQ6\nC: *`,
    '501 5.7.0 Sign-in canceled',
  ],
  ['a wrong password', `AUTH PLAIN ${base64('\0alice\0wrong')}`, '535 5.7.8 User name or password is wrong'],
  ['an unknown user', `AUTH PLAIN ${base64('\0nobody\0wonderland')}`, '535 5.7.8 User name or password is wrong'],
])('rejects AUTH: %s', async (_title, command, reply) => {
  const { wire } = await openSession()
  await wire.play(`
    ${OPENING}
    C: ${command}
    S: ${reply}
    ${CLOSING}
  `)
})

test('AUTH is not allowed twice, nor within a transaction (RFC 4954, section 4)', async () => {
  const { wire } = await openSession()
  await wire.play(`
    ${OPENING}
    ${ENVELOPE}
    C: AUTH PLAIN ${ALICE}
    S: 503 5.5.1 A mail transaction is open; RSET ends it
    C: RSET
    S: 250 2.0.0 Reset
    C: AUTH PLAIN ${ALICE}
    S: 235 *
    C: AUTH PLAIN ${ALICE}
    S: 503 5.5.1 This session is signed in already
    ${CLOSING}
  `)
})

test('ends the session after three failed sign-ins, each slower than the one before', async () => {
  const { wire } = await openSession()
  await wire.play(OPENING)
  const start = performance.now()
  await wire.play(`
    ${`C: AUTH PLAIN ${base64('\0alice\0wrong')}\nS: 535 *\n`.repeat(3)}
    C: AUTH PLAIN ${ALICE}
    S: 421 4.7.0 Too many failed sign-ins
    S: (closed)
  `)
  expect(performance.now() - start).toBeGreaterThan(250)
})

test('requires AUTH for mail if it is configured, also for BDAT', async () => {
  const { wire } = await openSession({ auth: 'required' })
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example>
    S: 530 5.7.0 Authentication required
    C: BDAT 0 LAST
    S: 530 5.7.0 Authentication required
    C: AUTH PLAIN ${ALICE}
    S: 235 *
    ${ENVELOPE}
    ${CLOSING}
  `)
})

test('accepts any credentials if it is configured, and records them with the message', async () => {
  const { suite, wire } = await openSession({ auth: 'any' })
  await wire.play(`
    ${OPENING}
    C: AUTH PLAIN ${base64('\0app@example.org\0s3cret')}
    S: 235 *
    ${ENVELOPE}
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail).toMatchObject({
    account: 'app@example.org',
    parameters: { credentials: { mechanism: 'PLAIN', user: 'app@example.org', password: 's3cret' } },
  })
})

test('neither offers nor accepts AUTH in the clear from another machine', async context => {
  const address = Object.values(os.networkInterfaces())
    .flatMap(found => found ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  if (address === undefined) return context.skip('this machine has only loopback')
  const { port } = await startServer({ host: '0.0.0.0' })
  const wire = await Wire.connect(port, address)
  await wire.play(`
    S: 220 *
    C: EHLO client.example
    ${OPENING.match(/S: 250-(?!AUTH|mail).*/g)
      ?.join('\n')
      .replace(/^/, 'S: 250-mail.fourwire.test *\n')}
    S: 250 HELP
    C: AUTH PLAIN ${ALICE}
    S: 538 5.7.11 Credentials need encryption, and this server runs without TLS
    ${CLOSING}
  `)
})

test('while the accounts cannot be read, mail of a signed-in session fails with 451', async () => {
  const { port, store, logged } = await startServer()
  await store.accounts.add({ name: 'alice', password: 'wonderland' })
  const wire = await Wire.connect(port)
  await wire.play(`${OPENING}\nC: AUTH PLAIN ${ALICE}\nS: 235 *`)
  await store.close()
  await wire.play(`
    C: MAIL FROM:<ann@client.example>
    S: 451 4.3.0 The command failed, try again later
    C: NOOP
    S: 250 *
  `)
  expect(logged.join('')).toContain('smtp: the store failed')
})
