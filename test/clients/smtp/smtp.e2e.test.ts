import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { expect, onTestFinished, test } from 'vitest'
import { type SmtpRequest, send } from '../../../clients/smtp/index.ts'
import { RefusedError, UnreachableError, UsageError } from '../../../shared/errors.ts'
import { silentLog } from '../../../shared/log.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { describeEvent, recordEvents, suiteFor } from '../../helpers/suite.ts'

const REQUEST: SmtpRequest = { from: 'Ann <ann@example.org>', to: 'bob@fourwire.test', subject: 'Hello', text: 'Hi.' }

/** Starts a TCP server; returns its address. */
async function startServer(handle: (socket: Socket) => void): Promise<string> {
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy())
    onTestFinished(() => {
      socket.destroy()
    })
    handle(socket)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

test('sends a message to the mailbox', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const server = `${suite.smtp.host}:${suite.smtp.port}`
  const result = await send({ ...REQUEST, to: ['bob@fourwire.test', 'Carol <carol@fourwire.test>'], server })
  const [mail] = await suite.mail.list()
  expect(result).toEqual({
    messageId: expect.stringMatching(/^<.+@example\.org>$/),
    envelope: { from: 'ann@example.org', to: ['bob@fourwire.test', 'carol@fourwire.test'] },
    accepted: ['bob@fourwire.test', 'carol@fourwire.test'],
    rejected: [],
    response: { code: 250, text: `2.6.0 Message kept as ${mail?.id}` },
    size: expect.any(Number),
    server: { host: '127.0.0.1', port: suite.smtp.port },
    sessions: [expect.objectContaining({ encrypted: false, accepted: ['bob@fourwire.test', 'carol@fourwire.test'] })],
  })
  expect(mail?.envelope).toEqual(result.envelope)
  const parsed = await simpleParser(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []))
  expect(parsed).toMatchObject({ subject: 'Hello', text: 'Hi.\n', messageId: result.messageId })
  expect(parsed.from?.text).toBe('"Ann" <ann@example.org>')
})

test('text, HTML and attachments arrive unchanged', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const file = path.join(await emptyFolder(), 'numbers.bin')
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256))
  await writeFile(file, bytes)
  await send({
    ...REQUEST,
    subject: 'Grüße',
    text: '.dots\n..first\nGrüße\n',
    html: '<p>Grüße</p>',
    attachments: [{ path: file }, { filename: 'note.txt', content: 'a note' }],
    server: `127.0.0.1:${suite.smtp.port}`,
  })
  const [mail] = await suite.mail.list()
  const parsed = await simpleParser(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []))
  expect(parsed).toMatchObject({ subject: 'Grüße', text: '.dots\n..first\nGrüße\n', html: '<p>Grüße</p>' })
  expect(parsed.attachments.map(({ filename, content }) => [filename, content])).toEqual([
    ['numbers.bin', bytes],
    ['note.txt', Buffer.from('a note')],
  ])
})

test('sends a raw message unchanged, with the null sender for a bounce', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const raw = Buffer.from('Message-ID: <1@x>\r\nSubject: bounce\r\n\r\n.\r\n\xfc\r\n', 'latin1')
  const result = await send({ from: '<>', to: 'postmaster', raw, server: `127.0.0.1:${suite.smtp.port}` })
  expect(result).toMatchObject({ messageId: '<1@x>', size: raw.length, envelope: { from: '', to: ['postmaster'] } })
  const [mail] = await suite.mail.list()
  expect(mail?.envelope.from).toBe('')
  expect(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []).subarray(-raw.length)).toEqual(raw)
})

test('sends an internationalized domain in ASCII', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { domains: ['bücher.test'] } })
  const result = await send({ ...REQUEST, to: 'bob@bücher.test', server: `127.0.0.1:${suite.smtp.port}` })
  expect(result.accepted).toEqual(['bob@xn--bcher-kva.test'])
})

test('reports rejected recipients, and sends the message to the others', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const to = ['eve@example.org', 'bob@fourwire.test']
  const result = await send({ ...REQUEST, to, server: `127.0.0.1:${suite.smtp.port}` })
  expect(result.accepted).toEqual(['bob@fourwire.test'])
  expect(result.rejected).toEqual([{ address: 'eve@example.org', code: 550, text: '5.7.1 Relaying denied' }])
  const [mail] = await suite.mail.list()
  expect(mail?.envelope.to).toEqual(['bob@fourwire.test'])
})

test('throws with the reply of the server if all recipients are rejected', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const attempt = send({ ...REQUEST, to: 'eve@example.org', server: `127.0.0.1:${suite.smtp.port}` })
  await expect(attempt).rejects.toThrow(RefusedError)
  await expect(attempt).rejects.toMatchObject({
    code: 550,
    text: '5.7.1 Relaying denied',
    message: 'not sent, every recipient refused: eve@example.org: 550 5.7.1 Relaying denied',
  })
})

test('does not start a message larger than the announced size', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { maxSize: 100 } })
  const attempt = send({ ...REQUEST, server: `127.0.0.1:${suite.smtp.port}` })
  await expect(attempt).rejects.toMatchObject({ name: 'RefusedError', code: 'SIZE' })
  expect(await suite.mail.list()).toEqual([])
})

test('throws with the reply of the server if the message is rejected after the data', async () => {
  const server = await startServer(socket => {
    const replies = ['250 hello', '250 OK', '250 OK', '354 go', '554 5.6.0 I do not like it', '221 bye']
    socket.write('220 x\r\n')
    socket.on('data', data => {
      const endOfRequest = /^(?:EHLO|MAIL|RCPT|DATA|QUIT)|\r\n\.\r\n$/
      if (endOfRequest.test(data.toString())) socket.write(`${replies.shift()}\r\n`)
    })
  })
  await expect(send({ ...REQUEST, server })).rejects.toMatchObject({ code: 554, text: '5.6.0 I do not like it' })
})

test('client and server trace one conversation with the same id and the same messages', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const server = recordEvents(suite.trace)
  const client = recordEvents()
  const to = ['bob@fourwire.test', 'eve@example.org']
  await send({ ...REQUEST, to, server: `127.0.0.1:${suite.smtp.port}` }, { trace: client.trace })
  await client.until(event => event.kind === 'close')
  await server.until(event => event.kind === 'close')
  // With pipelining, the ends observe requests and replies in different orders.
  expect(client.lines().toSorted()).toEqual(server.of('smtp').map(describeEvent).toSorted())
  expect(client.lines().filter(line => line.includes('request'))).toEqual([
    expect.stringMatching(/^message request 1 EHLO /),
    expect.stringMatching(/^message request 2 MAIL FROM:<ann@example.org> SIZE=\d+$/),
    'message request 3 RCPT TO:<bob@fourwire.test>',
    'message request 4 RCPT TO:<eve@example.org>',
    'message request 5 DATA',
    expect.stringMatching(/^transfer request 6 \d+ bytes of mail, Subject: Hello$/),
    'message request 7 QUIT',
  ])
  expect(client.lines()).toContain('message response 0 220 mail.fourwire.test ESMTP Fourwire')
  expect(client.lines().at(-2)).toBe('message response 7 221 2.0.0 Bye')
  expect(new Set([...client.events, ...server.of('smtp')].map(event => event.conversation)).size).toBe(1)
})

test('connects to the address that locate returns', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const targets: unknown[] = []
  const result = await send(
    { ...REQUEST, server: 'mail.fourwire.test:25' },
    {
      locate: async target => {
        targets.push(target)
        return { host: '127.0.0.1', port: suite.smtp.port }
      },
    },
  )
  expect(targets).toEqual([{ service: 'smtp', host: 'mail.fourwire.test', port: 25, signal: undefined }])
  expect(result.server.port).toBe(suite.smtp.port)
})

test.each([
  ['an invalid address', { ...REQUEST, to: 'bob@fourwire.test> SIZE=1' }],
  ['two senders', { ...REQUEST, from: 'a@b.c, d@e.f' }],
  ['a header within the subject', { ...REQUEST, subject: 'Hi\r\nBcc: eve@example.org' }],
  ['a missing attachment', { ...REQUEST, attachments: [{ path: '/no/such/file' }] }],
  ['an invalid server address', { ...REQUEST, server: 'host:port' }],
])('throws a usage error before connecting: %s', async (_title, request) => {
  const nowhere = { locate: async () => Promise.reject(new Error('must not be called')) }
  await expect(send(request, nowhere)).rejects.toThrow(UsageError)
})

test('never fetches attachments from the network', async () => {
  let requested = false
  const web = await startServer(socket => {
    requested = true
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
  })
  const attachments = [{ path: `http://${web}/` }]
  await expect(send({ ...REQUEST, attachments, server: '127.0.0.1:1' })).rejects.toThrow(UsageError)
  expect(requested).toBe(false)
})

test('a port without a server is unreachable, and the error names the command to start it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const attempt = send({ ...REQUEST, server: `127.0.0.1:${port}` })
  await expect(attempt).rejects.toThrow(UnreachableError)
  await expect(attempt).rejects.toThrow('Start it with: fourwire start smtp')
})

test.each([
  ['closes without a greeting', (socket: Socket) => socket.end(), 'closed'],
  ['closes after its greeting', (socket: Socket) => socket.end('220 x\r\n'), 'closed'],
  ['rejects the session', (socket: Socket) => socket.end('554 5.3.2 go away\r\n'), 554],
  ['is too busy', (socket: Socket) => socket.end('421 4.3.2 later\r\n'), 421],
  ['is not an SMTP server', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'protocol'],
])('throws if the server %s', async (_title, handle, code) => {
  const attempt = send({ ...REQUEST, server: await startServer(handle) })
  await expect(attempt).rejects.toMatchObject({ name: 'RefusedError', code })
})

test.each([
  ['closes the connection', (socket: Socket) => socket.end(), 'closed'],
  ['is shutting down', (socket: Socket) => socket.end('421 4.3.2 later\r\n'), 421],
  ['does not reply', () => {}, 'timeout'],
])('throws if the server %s during the login', async (_title, handle, code) => {
  const server = await startServer(socket => {
    socket.write('220 x\r\n')
    socket.on('data', data => {
      if (data.toString().startsWith('EHLO')) socket.write('250-x\r\n250 AUTH PLAIN\r\n')
      else handle(socket)
    })
  })
  const attempt = send({ ...REQUEST, server, credentials: { user: 'ann', password: 'x' } }, { timeout: 500 })
  await expect(attempt).rejects.toMatchObject({ name: 'RefusedError', code })
})

test('times out if the server does not greet', async () => {
  const attempt = send({ ...REQUEST, server: await startServer(() => {}) }, { timeout: 500 })
  await expect(attempt).rejects.toMatchObject({ name: 'RefusedError', code: 'timeout' })
})

test('times out if the server stops replying', async () => {
  const server = await startServer(socket => {
    socket.write('220 x\r\n')
    socket.resume()
  })
  await expect(send({ ...REQUEST, server }, { timeout: 500 })).rejects.toMatchObject({ code: 'timeout' })
})

test('a signal cancels sending', async () => {
  const controller = new AbortController()
  const server = await startServer(socket => {
    socket.write('220 x\r\n')
    socket.once('data', () => controller.abort(new Error('no longer needed')))
  })
  await expect(send({ ...REQUEST, server }, { signal: controller.signal })).rejects.toThrow('no longer needed')
})

test('the size is the same in the result, the trace, the log and GET /mail', async () => {
  const sizes: unknown[] = []
  const info = (fields: { size?: number }) => sizes.push(...('size' in fields ? [fields.size] : []))
  const suite = await suiteFor({ services: ['smtp', 'http'], log: { ...silentLog, info } })
  const recorder = recordEvents(suite.trace)
  const raw = 'Subject: Dots\n\n.one\n..two\nno line ending'
  const { size } = await send({ from: '<>', to: 'postmaster', raw, server: `127.0.0.1:${suite.smtp.port}` })
  expect(size).toBe(raw.replaceAll('\n', '\r\n').length + '\r\n'.length)
  await recorder.until(event => event.kind === 'close')
  expect(recorder.lines()).toContainEqual(expect.stringMatching(`\\b${size} bytes of mail, Subject: Dots$`))
  expect(sizes).toEqual([size])
  expect(await (await fetch(`${suite.http.url}mail`)).json()).toMatchObject([{ size }])
})
