/** `suite.mail`, over SMTP. */
import { expect, onTestFinished, test } from 'vitest'
import { send } from '../../../../clients/smtp/index.ts'
import type { MessageSummary } from '../../../../shared/launcher/index.ts'
import { suiteFor } from '../../../helpers/suite.ts'

async function start() {
  const suite = await suiteFor({ services: ['smtp'] })
  const server = `127.0.0.1:${suite.smtp.port}`
  const sendTo = (to: string, subject: string, text = 'Hello') =>
    send({ server, from: 'app@fourwire.test', to, subject, text })
  return { suite, mail: suite.mail, sendTo, server }
}

test('waitFor resolves with a message that is there already, and with one that arrives later', async () => {
  const { mail, sendTo } = await start()
  await sendTo('alice@fourwire.test', 'Welcome', 'Confirm at https://app.test/confirm?token=7')
  const message = await mail.waitFor({ to: 'ALICE@', subject: 'Welcome' })
  expect(message).toMatchObject({ subject: 'Welcome', links: ['https://app.test/confirm?token=7'] })
  const later = mail.waitFor({ from: 'app@', to: /^bob@/, subject: /hi/i, text: 'number' })
  await sendTo('bob@fourwire.test', 'Hi 1', 'no match')
  await sendTo('bob@fourwire.test', 'Hi 2', 'the number is 42')
  expect(await later).toMatchObject({ subject: 'Hi 2', text: 'the number is 42' })
})

test('the error of a wait lists what arrived, and in what each differs', async () => {
  const { mail, sendTo } = await start()
  await expect(mail.waitFor({ to: 'alice', timeout: 1 })).rejects.toThrow(
    'a message with to "alice" did not arrive in 1 ms. No message arrived. Is the sender configured with the port',
  )
  await sendTo('bob@fourwire.test', 'Hello')
  const error = await mail.waitFor({ to: 'alice', subject: /welcome/i, timeout: 300 }).catch(error => error)
  expect(error).toMatchObject({ name: 'MailTimeoutError', exitCode: 1 })
  expect(
    error.message,
  ).toBe(`a message with to "alice", subject /welcome/i did not arrive in 300 ms. Messages that arrived: 1
  - from <app@fourwire.test> to <bob@fourwire.test>, subject "Hello"
      to "bob@fourwire.test" does not contain "alice"
      subject "Hello" does not match /welcome/i`)
})

test('waitForCount resolves with the messages, oldest first', async () => {
  const { mail, sendTo } = await start()
  const waiting = mail.waitForCount(2)
  await sendTo('a@fourwire.test', 'one')
  await sendTo('b@fourwire.test', 'two')
  expect((await waiting).map(({ subject }) => subject)).toEqual(['one', 'two'])
  expect(await mail.waitForCount(0)).toEqual([])
  await expect(mail.waitForCount(3, { timeout: 300 })).rejects.toThrow(/^3 messages did not arrive in 300 ms\. .*: 2/)
})

test('a wait ends with an error when the suite closes', async () => {
  const { suite, mail, sendTo } = await start()
  await sendTo('a@fourwire.test', 'one')
  await mail.waitForCount(1)
  const waits = Promise.allSettled([mail.waitFor({ to: 'nobody' }), mail.waitForCount(5)])
  await suite.close()
  expect(await waits).toMatchObject([
    { reason: { message: 'the suite was closed while a program waited for a message with to "nobody"' } },
    { reason: { message: 'the suite was closed while a program waited for 5 messages' } },
  ])
  await expect(mail.list()).rejects.toMatchObject({ code: 'closed' })
})

test('get returns text, HTML, attachments with content, inline images and the conversation', async () => {
  const { mail, server } = await start()
  const attachments = [{ filename: 'data.bin', content: Buffer.from([0, 1, 2]) }]
  await send({ server, from: 'app@fourwire.test', to: 'a@fourwire.test', subject: 'x', text: 'Hello', attachments })
  const { id } = await mail.waitFor({})
  const message = await mail.get(id)
  expect(message).toMatchObject({ text: 'Hello', inlineImages: [], envelope: { to: ['a@fourwire.test'] } })
  expect(message?.attachments).toMatchObject([{ filename: 'data.bin', size: 3 }])
  expect([...(message?.attachments[0]?.content ?? [])]).toEqual([0, 1, 2])
  expect(message?.addresses.to).toEqual([{ name: '', address: 'a@fourwire.test' }])
  expect(message?.conversation).toMatch(/^S: 220 [\s\S]*C: MAIL FROM:<app@fourwire\.test>[\s\S]*S: 250 .*\n$/)
  expect(Buffer.from((await mail.raw(id)) ?? []).toString()).toMatch(/^Received: from /)
  expect([await mail.get('none'), await mail.raw('none')]).toEqual([undefined, undefined])
})

test('on calls the listener for each message from now on, until it is removed', async () => {
  const { mail, sendTo } = await start()
  await sendTo('a@fourwire.test', 'before')
  const subjects: string[] = []
  const warnings: string[] = []
  const onWarning = ({ message }: Error) => warnings.push(message)
  process.on('warning', onWarning)
  onTestFinished(() => void process.off('warning', onWarning))
  const offBroken = mail.on('message', () => {
    throw new Error('a broken listener')
  })
  const arrived = new Promise<MessageSummary>(resolve => {
    const off = mail.on('message', message => {
      subjects.push(message.subject)
      off()
      resolve(message)
    })
  })
  await sendTo('b@fourwire.test', 'after')
  expect(await arrived).toMatchObject({ subject: 'after' })
  offBroken()
  await sendTo('c@fourwire.test', 'removed')
  await mail.waitForCount(3)
  expect(subjects).toEqual(['after'])
  await expect.poll(() => warnings).toContain('a broken listener')
})

test('iteration yields every message once, and ends when the suite closes', async () => {
  const { suite, mail, sendTo } = await start()
  await sendTo('a@fourwire.test', 'one')
  const subjects: string[] = []
  for await (const { subject } of mail) {
    subjects.push(subject)
    if (subject === 'one') await sendTo('b@fourwire.test', 'two')
    else void suite.close()
  }
  expect(subjects).toEqual(['one', 'two'])
})

test('list searches, delete and clear remove', async () => {
  const { mail, sendTo } = await start()
  for (const subject of ['red apple', 'green apple', 'red pear']) await sendTo('a@fourwire.test', subject)
  const found = await mail.list('subject:apple')
  expect(found.map(({ subject }) => subject)).toEqual(['red apple', 'green apple'])
  expect(await mail.list({ mailbox: 'a+tag@fourwire.test' })).toHaveLength(3)
  expect([await mail.delete(found[0]?.id ?? ''), await mail.delete('none')]).toEqual([true, false])
  expect(await mail.list('red')).toHaveLength(1)
  expect([await mail.clear(), await mail.list('red')]).toEqual([2, []])
})
