import { expect, test } from 'vitest'
import type { NewMessage } from '../../../shared/store/mail/message.ts'
import { openStore } from '../../helpers/store.ts'
import { describeOnEveryDatabase } from './engines.ts'

const message = (text: string, given: Partial<NewMessage> = {}): NewMessage => ({
  envelope: { from: 'ann@fourwire.test', to: ['bob@fourwire.test'] },
  raw: Buffer.from(text),
  ...given,
})

/** Every byte, as in a message with a binary attachment. */
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte)

describeOnEveryDatabase(database => {
  test('keeps a message as it is, and what was sent with it', async context => {
    const { mail } = await database.open(context)
    const before = Date.now()
    const id = await mail.add({
      envelope: { from: '', to: ['Bob+tag@Fourwire.test', '"a@b"@fourwire.test'] },
      raw: Buffer.concat([Buffer.from('Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nFrom: Ann <a@b>\r\n\r\n'), ALL_BYTES]),
      size: 2 ** 27,
      account: 'ann',
      parameters: { body: '8BITMIME', smtputf8: true, ret: 'HDRS', envid: 'x' },
      recipientParameters: [{ notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;bob' }, {}],
      transcript: messageId => `S: 250 ${messageId}\n`,
    })
    const stored = await mail.get(id)
    expect(stored).toEqual({
      id,
      receivedAt: expect.any(Date),
      envelope: { from: '', to: ['Bob+tag@Fourwire.test', '"a@b"@fourwire.test'] },
      size: 2 ** 27,
      subject: 'grüße',
      from: 'Ann <a@b>',
      seen: false,
      hasAttachments: stored?.hasAttachments,
      account: 'ann',
      parameters: { body: '8BITMIME', smtputf8: true, ret: 'HDRS', envid: 'x' },
      recipientParameters: [{ notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;bob' }, {}],
    })
    expect(stored?.receivedAt.getTime()).toBeGreaterThanOrEqual(before)
    expect(stored?.receivedAt.getTime()).toBeLessThanOrEqual(Date.now())
    expect(Buffer.from((await mail.raw(id)) ?? []).subarray(-256)).toEqual(Buffer.from(ALL_BYTES))
    expect(await mail.transcript(id)).toBe(`S: 250 ${id}\n`)
  })

  test('ids sort in the order of arrival, and lists are newest first, page by page', async context => {
    const { mail } = await database.open(context)
    const ids: string[] = []
    for (const text of ['1', '2', '3', '4', '5']) ids.push(await mail.add(message(text)))
    expect(ids.toSorted()).toEqual(ids)
    const pages: string[][] = []
    let cursor: string | undefined
    do {
      const page = await mail.list({ limit: 2, cursor })
      pages.push(page.messages.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    expect(pages).toEqual([[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]])
  })

  test('a page continues where the last one ended, although messages arrive and are deleted', async context => {
    const { mail } = await database.open(context)
    const ids = [await mail.add(message('1')), await mail.add(message('2')), await mail.add(message('3'))]
    const { next } = await mail.list({ limit: 1 })
    await mail.add(message('4'))
    await mail.delete(ids[2] ?? '')
    await mail.delete(ids[1] ?? '')
    const rest = await mail.list({ cursor: next })
    expect(rest.messages.map(({ id }) => id)).toEqual([ids[0]])
    await expect(mail.list({ cursor: "1'; --" })).rejects.toThrow(/cursor/)
  })

  test('messages that are added together are all stored, each with its own content', async context => {
    const { mail } = await database.open(context)
    const texts = Array.from({ length: 300 }, (_, index) => `message ${index}`)
    const ids = await Promise.all(texts.map(text => mail.add(message(text))))
    const stored = await Promise.all(ids.map(async id => Buffer.from((await mail.raw(id)) ?? []).toString()))
    expect(stored).toEqual(texts)
    expect(await mail.usage('bob@fourwire.test')).toMatchObject({ messages: 300 })
  })

  test('counts what a mailbox holds, in any case and with any tag, until messages are deleted', async context => {
    const { mail } = await database.open(context)
    const to = ['Bob@fourwire.test', 'bob+tag@FOURWIRE.test', 'ann@fourwire.test']
    const first = await mail.add(message('12345', { envelope: { from: '', to } }))
    await mail.add(message('1234567'))
    expect(await mail.usage('bob@fourwire.test')).toEqual({ messages: 2, bytes: 12 })
    expect(await mail.usage('ann@fourwire.test')).toEqual({ messages: 1, bytes: 5 })
    expect(await mail.delete(first)).toBe(true)
    expect(await mail.delete(first)).toBe(false)
    expect(await mail.usage('bob@fourwire.test')).toEqual({ messages: 1, bytes: 7 })
    expect(await mail.usage('ann@fourwire.test')).toEqual({ messages: 0, bytes: 0 })
    expect([await mail.get(first), await mail.raw(first), await mail.transcript(first)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('clear deletes everything, also what is being stored', async context => {
    const { mail } = await database.open(context)
    const adding = Promise.all(['1', '2', '3'].map(text => mail.add(message(text))))
    expect(await mail.clear()).toBe(3)
    await adding
    expect(await mail.list()).toEqual({ messages: [], next: undefined })
    expect(await mail.usage('bob@fourwire.test')).toEqual({ messages: 0, bytes: 0 })
    const id = await mail.add(message('4'))
    expect((await mail.list()).messages).toMatchObject([{ id }])
  })

  test('marks a message as seen, and lists by it', async context => {
    const { mail } = await database.open(context)
    const [read, unread] = [await mail.add(message('1')), await mail.add(message('2'))]
    expect(await mail.setSeen(read ?? '', true)).toBe(true)
    expect(await mail.setSeen('none', true)).toBe(false)
    expect((await mail.list({ filter: { seen: true } })).messages).toMatchObject([{ id: read, seen: true }])
    expect((await mail.list({ filter: { seen: false } })).messages).toMatchObject([{ id: unread, seen: false }])
    await mail.setSeen(read ?? '', false)
    expect((await mail.list({ filter: { seen: true } })).messages).toEqual([])
  })

  test('lists the messages of a mailbox in any case, and finds words in any case', async context => {
    const { mail } = await database.open(context)
    const envelope = { from: '', to: ['Ann.Lee@Fourwire.Test'] }
    const id = await mail.add(message('Subject: ÄPFEL und Birnen\r\n\r\ntext', { envelope }))
    await mail.add(message('Subject: other\r\n\r\ntext'))
    expect((await mail.list({ filter: { mailbox: 'ann.LEE@fourwire.test' } })).messages).toMatchObject([{ id }])
    const phrases = [{ field: 'subject', words: ['birnen'] }] as const
    expect((await mail.list({ filter: { phrases } })).messages).toMatchObject([{ id }])
  })

  test('stores a NUL in text as U+FFFD, and in the message as it is', async context => {
    const { mail } = await database.open(context)
    const raw = Buffer.from('Subject: =?utf-8?q?a=00b?=\r\nFrom: c\0d\r\n\r\nx\0y')
    const id = await mail.add(message('', { raw, account: 'a\0b', transcript: () => 'C: \0\n' }))
    expect(Uint8Array.from((await mail.raw(id)) ?? [])).toEqual(Uint8Array.from(raw))
    expect(await mail.transcript(id)).toBe('C: \ufffd\n')
    const { account, subject } = (await mail.get(id)) ?? {}
    expect([account, subject]).toEqual(['a\ufffdb', expect.not.stringContaining('\0')])
  })

  test('a message that cannot be stored does not affect those that are added with it', async context => {
    const { mail } = await database.open(context)
    // A message without recipients has no mailbox; a recipient that is not text has no row.
    const broken = message('broken', { envelope: { from: '', to: ['a@b'] }, size: Number.NaN })
    const results = await Promise.allSettled([mail.add(message('1')), mail.add(broken), mail.add(message('2'))])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((await mail.list()).messages).toHaveLength(2)
    expect(await mail.usage('a@b')).toEqual({ messages: 0, bytes: 0 })
  })

  test('after close, everything rejects as closed', async context => {
    const { mail, close } = await database.open(context)
    const adding = mail.add(message('1'))
    await close()
    expect(await adding).toMatch(/^[\da-f-]{36}$/)
    await expect(mail.add(message('2'))).rejects.toThrow()
    await expect(mail.get('x')).rejects.toThrow()
  })
})

test('the store in memory has a bound, which a deletion makes room in', async () => {
  const { mail } = await openStore()
  const large = (size: number) => message('x', { size })
  const id = await mail.add(large(200 * 1024 * 1024))
  const attempts = await Promise.allSettled([mail.add(large(2 ** 25)), mail.add(large(2 ** 25))])
  expect(attempts).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'full' } }])
  await mail.delete(id)
  await mail.add(large(200 * 1024 * 1024))
  await mail.clear()
  await mail.add(large(256 * 1024 * 1024))
})
