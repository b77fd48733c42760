import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectToServer } from '../../../../../servers/http/app/mailbox/compose/connect.ts'
import { submissionProblem } from '../../../../../servers/http/app/mailbox/compose/refusal.ts'
import { submitOver } from '../../../../../servers/http/app/mailbox/compose/session.ts'
import { startPeer } from '../../../../clients/smtp/smtp-peer.ts'
import { describeEvent, EventRecorder } from '../../../../helpers/suite.ts'
import { appSuite, signedInClient } from '../client.ts'
import { FULL, type Listed, mailSuite, sharedMailSuite } from './mail-suite.ts'

const resetSuite = sharedMailSuite()

const DRAFT = { to: 'Bob <bob@fourwire.test>', subject: 'Grüße', text: 'one\r\ntwo' }

test('sends a message with JSON, signed in by SMTP as the account', async () => {
  const { suite, alice } = await resetSuite()
  const sent = await alice.json('POST', '/api/mail', { ...DRAFT, cc: 'alice@fourwire.test' })
  expect(sent.status).toBe(201)
  expect(sent.json).toEqual({
    messageId: expect.stringMatching(/^<.*@fourwire\.test>$/),
    accepted: ['bob@fourwire.test', 'alice@fourwire.test'],
    refused: [],
    reply: expect.stringMatching(/^250 2\.6\.0 Message kept as /),
  })
  const message = await suite.mail.waitFor({ subject: 'Grüße' })
  expect(message).toMatchObject({
    envelope: { from: 'alice@fourwire.test', to: ['bob@fourwire.test', 'alice@fourwire.test'] },
    account: 'alice',
    text: 'one\ntwo',
    addresses: {
      from: [{ name: '', address: 'alice@fourwire.test' }],
      to: [{ name: 'Bob', address: 'bob@fourwire.test' }],
      cc: [{ name: '', address: 'alice@fourwire.test' }],
    },
  })
  expect(message.conversation).toMatch(/C: EHLO.*C: AUTH PLAIN \*{4}.*C: MAIL FROM:<alice@fourwire\.test>.*C: DATA/s)
})

test('sends a message with the form', async () => {
  const { suite, alice } = await resetSuite()
  const form = await alice.get('/app/mail/compose')
  expect(form.text).toContain('<p>From: alice@fourwire.test</p>')
  const sent = await alice.form('/app/mail/compose', { ...DRAFT, cc: '' })
  expect([sent.status, sent.headers.get('location')]).toEqual([303, '/app/mail?sent=yes'])
  expect((await alice.get('/app/mail?sent=yes')).text).toContain('The message was sent.')
  expect(await suite.mail.list('subject:Grüße')).toHaveLength(1)
})

test('answers a message: recipient, subject, quoted text, and the fields that join the two', async () => {
  const { suite, alice, deliver } = await resetSuite()
  await suite.accounts.add({ name: 'carol', password: 'x' })
  const id = await deliver(FULL.replace('"Ann, the first" <ann@client.example>', '"Lee, C" <carol@fourwire.test>'))
  const { text } = await alice.get(`/app/mail/${id}/reply`)
  const [, to = ''] = /id="to" name="to" value="([^"]*)"/.exec(text) ?? []
  expect(to).toBe('&quot;Lee, C&quot; &lt;carol@fourwire.test&gt;')
  expect(text).toContain(`<input type="hidden" name="answers" value="${id}">`)
  expect(text).toContain('value="Re: Grüße"')
  expect(text).toMatch(/wrote:\n&gt; Hello Alice, see https:\/\/fourwire\.test\/welcome\.<\/textarea>/)
  const fields = { to: '"Lee, C" <carol@fourwire.test>', cc: '', subject: 'Re: Grüße', text: 'Thanks', answers: id }
  expect((await alice.form('/app/mail/compose', fields)).status).toBe(303)
  const { headers, text: sent } = await suite.mail.waitFor({ subject: 'Re: Grüße' })
  expect(sent).toBe('Thanks')
  expect(headers).toEqual(
    expect.arrayContaining([
      { name: 'In-Reply-To', value: '<full@client.example>' },
      { name: 'References', value: '<first@client.example> <full@client.example>' },
    ]),
  )
})

test('the reply of the SMTP server to a refused recipient is shown, and the form keeps what was typed', async () => {
  const { suite, alice } = await resetSuite()
  const draft = { to: 'x@example.org, y@example.org', cc: '', subject: 'to "others"', text: 'two\nlines' }
  const refused = await alice.json('POST', '/api/mail', draft)
  const reply = '550 5.7.1 Relaying denied'
  const detail = `The message was not sent. The SMTP server refused x@example.org: ${reply}; y@example.org: ${reply}`
  expect(refused.json).toEqual({ type: 'about:blank', title: 'Unprocessable Content', status: 422, detail })
  const form = await alice.form('/app/mail/compose', draft)
  expect(form.status).toBe(422)
  expect(form.text).toContain(`<p class="error" role="alert">${detail}</p>`)
  expect(form.text).toContain('value="x@example.org, y@example.org"')
  expect(form.text).toContain('value="to &quot;others&quot;"')
  expect(form.text).toContain('\ntwo\nlines</textarea>')
  expect(await suite.mail.list()).toEqual([])
})

test('if the server refuses some of the recipients, the form keeps those alone', async () => {
  const { suite, alice } = await resetSuite()
  const draft = { to: 'bob@fourwire.test, x@example.org', cc: 'alice@fourwire.test', subject: 's', text: 't' }
  expect((await alice.json('POST', '/api/mail', draft)).json).toMatchObject({
    accepted: ['bob@fourwire.test', 'alice@fourwire.test'],
    refused: [{ address: 'x@example.org', reply: '550 5.7.1 Relaying denied' }],
  })
  const form = await alice.form('/app/mail/compose', draft)
  expect(form.status).toBe(200)
  expect(form.text).toContain(
    'The message was sent to bob@fourwire.test, alice@fourwire.test, but the SMTP server refused x@example.org: 550 5.7.1 Relaying denied',
  )
  expect(form.text).toContain('name="to" value="x@example.org"')
  expect(form.text).toContain('name="cc" value=""')
  expect(await suite.mail.list()).toHaveLength(2)
})

test('a message that is larger than the server accepts is refused', async () => {
  const { alice } = await mailSuite({ smtp: { maxSize: 300 } })
  const { json } = await alice.json('POST', '/api/mail', { ...DRAFT, text: 'x'.repeat(1000) })
  const detail = 'The message was not sent: Message size larger than allowed 300.'
  expect(json).toMatchObject({ status: 422, detail })
})

test('a mailbox that is full is a reply as well', async () => {
  const { alice } = await mailSuite({ smtp: { mailboxQuota: 10 } })
  const { json } = await alice.json('POST', '/api/mail', DRAFT)
  expect(json).toMatchObject({
    status: 422,
    detail: expect.stringContaining('bob@fourwire.test: 452 4.2.2 The mailbox is full, try again later'),
  })
})

test('without an SMTP server, the response states how to start one', async () => {
  const { http } = await appSuite()
  const alice = await signedInClient(http.url)
  const detail =
    'The message was not sent: no SMTP server runs on this data folder. Start one with: fourwire start http smtp'
  expect((await alice.json('POST', '/api/mail', DRAFT)).json).toMatchObject({ status: 503, detail })
  const form = await alice.form('/app/mail/compose', DRAFT)
  expect(form.status).toBe(503)
  expect(form.text).toContain(detail)
  expect(form.text).toContain('two</textarea>')
})

test('sends to a server that requires a sign-in, and to one that accepts any, which does not see the token', async () => {
  for (const auth of ['required', 'any'] as const) {
    const { suite, alice } = await mailSuite({ smtp: { auth } })
    expect((await alice.json('POST', '/api/mail', DRAFT)).status).toBe(201)
    const { account, parameters } = await suite.mail.waitFor({ subject: 'Grüße' })
    expect([account, parameters.credentials]).toEqual(['alice', undefined])
  }
})

test.each([
  ['to', 'bob@fourwire.test\r\nBcc: eve@fourwire.test'],
  ['cc', 'bob@fourwire.test\nBcc: eve@fourwire.test'],
  ['subject', 'x\r\nBcc: eve@fourwire.test'],
  ['subject', 'x\rBcc: eve@fourwire.test'],
  ['subject', 'x\u0085y'],
])('header injection: a line ending in %s is refused: %j', async (field, value) => {
  const { suite, alice } = await resetSuite()
  const refused = await alice.json('POST', '/api/mail', { ...DRAFT, [field]: value })
  const detail = `The field "${field}" must not contain a line ending or another control character.`
  expect(refused.json).toMatchObject({ status: 400, detail })
  expect((await alice.form('/app/mail/compose', { ...DRAFT, [field]: value })).status).toBe(400)
  expect(await suite.mail.list()).toEqual([])
})

test('header injection: the text, and the fields of the message that is answered, add no fields', async () => {
  const { suite, alice, deliver } = await resetSuite()
  const id = await deliver(
    'Subject: =?utf-8?q?a=0D=0ABcc:_eve=40fourwire.test?=\nMessage-ID: <a=?utf-8?q?=0D=0AX-Evil:_1?=@x>\n\nx\n',
  )
  const text = '\r\n.\r\nMAIL FROM:<evil@x>\r\n\rX-Evil: 1\n'
  expect((await alice.json('POST', '/api/mail', { ...DRAFT, text, answers: id })).status).toBe(201)
  const { headers, envelope } = await suite.mail.waitFor({ subject: 'Grüße' })
  expect(envelope.to).toEqual(['bob@fourwire.test'])
  expect(headers.map(({ name }) => name)).not.toContain('X-Evil')
  expect(await suite.mail.list()).toHaveLength(2)
})

test.each([
  ['550 5.6.0 No', 422],
  ['451 4.3.0 Later', 503],
])('the reply %s to the message is a problem with the status %i', async (reply, status) => {
  const peer = await startPeer({
    allowInsecureAuth: true,
    onData: (stream, _session, callback) => {
      stream
        .resume()
        .on('end', () =>
          callback(Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) })),
        )
    },
  })
  const error = await submitTo(peer.port).catch(submissionProblem)
  expect(error).toMatchObject({ status, detail: `The message was not sent. The SMTP server replied: ${reply}` })
})

test('wrong credentials are a problem with the reply', async () => {
  const { port } = await startPeer({ allowInsecureAuth: true })
  const error = await submitTo(port, 'wrong').catch(submissionProblem)
  expect(error).toMatchObject({
    status: 503,
    detail: 'The message was not sent. The SMTP server replied: 535 Wrong password',
  })
})

test('a server that ends the connection is a problem', async () => {
  const server = createServer(socket => socket.end('220 x ESMTP\r\n'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const error = await submitTo((server.address() as AddressInfo).port).catch(submissionProblem)
  expect(error).toMatchObject({ status: 503, detail: expect.stringMatching(/^The message was not sent: .*\.$/) })
})

test.each([
  ['greets', ''],
  ['replies', '220 x ESMTP\r\n'],
])('a server that never %s is a problem', async (_, greeting) => {
  const server = createServer(socket => {
    socket.on('error', () => {}).write(greeting)
    onTestFinished(() => void socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const error = await submitTo((server.address() as AddressInfo).port, 'secret', 100).catch(submissionProblem)
  expect(error).toMatchObject({ status: 503, detail: expect.stringMatching(/^The message was not sent: .*\.$/) })
})

async function submitTo(port: number, password = 'secret', timeout?: number) {
  const socket = connect(port, '127.0.0.1')
  const envelope = { from: 'ann@x.test', to: ['ben@x.test'] }
  const message = { envelope, messageId: '', content: Buffer.from('Subject: x\r\n\r\nx\r\n') }
  return submitOver(socket, message, { user: 'ann', password }, timeout)
}

test.each([
  [{ to: '' }, 'The field "to" must not be empty.'],
  [{ to: ' , ' }, 'To: there is no mail address.'],
  [{ to: 'bob' }, 'To: "bob" is not a mail address. Separate addresses with commas: ann@example.org, bob@example.org.'],
  [
    { cc: 'Bob <bob>' },
    'Cc: "bob" is not a mail address. Separate addresses with commas: ann@example.org, bob@example.org.',
  ],
  [{ to: 'a@b.test,'.repeat(30), cc: 'a@b.test,'.repeat(21) }, '51 recipients are too many. A message can have 50.'],
  [{ subject: 'x'.repeat(501) }, 'The field "subject" must have at most 500 characters.'],
  [{ text: 'x'.repeat(100_001) }, 'The field "text" must have at most 100000 characters.'],
  [{ bcc: 'eve@fourwire.test' }, 'Unknown field "bcc". Known: to, cc, subject, text, answers.'],
])('the draft with %o is refused', async (change, detail) => {
  const { alice } = await resetSuite()
  expect((await alice.json('POST', '/api/mail', { ...DRAFT, ...change })).json).toMatchObject({ status: 400, detail })
})

test('a text of 100,000 characters can be sent with the form', async () => {
  const { suite, alice } = await resetSuite()
  const text = 'ü'.repeat(100_000)
  expect((await alice.form('/app/mail/compose', { ...DRAFT, text })).status).toBe(303)
  expect((await suite.mail.waitFor({ subject: 'Grüße' })).text).toBe(text)
  expect((await alice.form('/app/mail/compose', { ...DRAFT, text: 'ü'.repeat(200_000) })).status).toBe(413)
})

test('accounts send from the domain of the option', async () => {
  const { suite, alice } = await mailSuite({ http: { mailDomain: 'example.org' } })
  await alice.json('POST', '/api/mail', DRAFT)
  expect((await suite.mail.waitFor({ subject: 'Grüße' })).envelope.from).toBe('alice@example.org')
})

test('the trace has the submission from both ends, without the token', async () => {
  const { suite, alice } = await resetSuite()
  const recorder = new EventRecorder(suite.trace)
  await alice.json('POST', '/api/mail', DRAFT)
  for (const side of ['client', 'server'] as const) {
    await recorder.until(event => event.protocol === 'smtp' && event.side === side && event.kind === 'close')
  }
  const smtp = recorder.events.filter(({ protocol }) => protocol === 'smtp')
  expect(new Set(smtp.map(({ conversation }) => conversation)).size).toBe(1)
  for (const side of ['client', 'server'] as const) {
    const requests = smtp.filter(
      event => event.side === side && event.kind === 'message' && event.direction === 'request',
    )
    expect(requests.map(event => describeEvent(event).replace(/.* request \d+ /, ''))).toEqual([
      expect.stringMatching(/^EHLO/),
      expect.stringMatching(/^AUTH PLAIN/),
      expect.stringMatching(/^MAIL FROM:<alice@fourwire\.test>/),
      'RCPT TO:<bob@fourwire.test>',
      'DATA',
      'QUIT',
    ])
  }
  const text = smtp.map(event => Buffer.from('bytes' in event ? event.bytes : []).toString()).join('\n')
  expect(text).toContain('RCPT TO:<bob@fourwire.test>')
  expect(text).not.toContain('submission-token')
  expect(text).not.toMatch(/AUTH PLAIN [A-Za-z0-9+/]{8}/)
})

test('over TLS, the application verifies the certificate of the server', async () => {
  const [{ suite }, other] = [await mailSuite({ tls: true }), await mailSuite({ tls: true })]
  const endpoint = suite.smtp.endpoints.find(({ transport }) => transport === 'tls')
  if (!endpoint || !suite.tls || !other.suite.tls) throw new Error('no TLS')
  const { trace } = suite
  const connect = async (tls: typeof suite.tls) => {
    const socket = await connectToServer(endpoint, { trace, tls })
    socket.destroy()
  }
  await connect(suite.tls)
  await expect(connect(other.suite.tls)).rejects.toThrow(
    /^503: The message was not sent: cannot verify the certificate/,
  )
  // A certificate that the user supplied has no authority that the suite knows.
  await connect({ ...suite.tls, ca: undefined })
  await expect(connect({ ...other.suite.tls, ca: undefined })).rejects.toThrow(
    /the SMTP server has another certificate/,
  )
})

test('a server that does not answer is a problem that names it', async () => {
  const { suite } = await resetSuite()
  const endpoint = { service: 'smtp', scheme: 'smtp', transport: 'tcp', host: '127.0.0.1', port: 1, url: '' } as const
  await expect(connectToServer(endpoint, { trace: suite.trace, tls: undefined })).rejects.toThrow(
    /^503: The message was not sent: could not reach 127\.0\.0\.1:1: connection refused/,
  )
})

test('the messages of one account are not sent in the name of another', async () => {
  const { suite, alice } = await resetSuite()
  const bob = await signedInClient(suite.http.url, 'bob', 'builder')
  await Promise.all([
    alice.json('POST', '/api/mail', { ...DRAFT, subject: 'of alice' }),
    bob.json('POST', '/api/mail', { ...DRAFT, subject: 'of bob' }),
  ])
  for (const name of ['alice', 'bob']) {
    const { account, envelope } = await suite.mail.waitFor({ subject: `of ${name}` })
    expect([account, envelope.from]).toEqual([name, `${name}@fourwire.test`])
  }
  expect(((await alice.get('/api/mail')).json as Listed).messages).toEqual([])
})
