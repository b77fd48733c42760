/** The full-text index, and arrival from another process, on a SQLite file. */
import path from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseQuery } from '../../../../shared/store/mail/mail-filter.ts'
import type { MailStore } from '../../../../shared/store/mail/mail-store.ts'
import { afterAllTests, type Cleanup, emptyFolder } from '../../../helpers/cli.ts'
import { openStore } from '../../../helpers/store.ts'

async function openMail(
  file: string,
  cleanup: Cleanup = onTestFinished,
): Promise<MailStore & { closeStore: () => Promise<void> }> {
  const { mail, closeStore } = await openStore({ kind: 'sqlite', file }, {}, cleanup)
  return Object.assign(mail, { closeStore })
}

const newFile = async () => path.join(await emptyFolder(), 'mail.db')

function message(text: string, from = 'ann@example.org', to = ['bob@fourwire.test']) {
  return { envelope: { from, to }, raw: Buffer.from(text.replaceAll('\n', '\r\n')) }
}

async function subjectsOf(mail: MailStore, query: string): Promise<string[]> {
  const { messages, pending } = await mail.list({ filter: parseQuery(query) })
  expect(pending).toBe(0)
  return messages.map(({ subject }) => subject)
}

describe('a search', () => {
  const cleanup = afterAllTests()
  let mail: MailStore

  beforeAll(async () => {
    mail = await openMail(path.join(await emptyFolder(cleanup), 'mail.db'), cleanup)
    await mail.add(message('Subject: Red apple\n\nfruit\n'))
    await mail.add(
      message('From: "Doe, Jane" <carol@x.test>\nTo: Dave <bob@fourwire.test>\nSubject: pie\n\nwith an apple\n', ''),
    )
    await mail.add(
      message(`Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: text/html

<br><p>only HTML</p>
--m
Content-Disposition: attachment; filename=a.bin

x
--m--
`),
    )
  })

  test.each([
    ['apple', ['pie', 'Red apple']],
    ['appl', ['pie', 'Red apple']],
    ['subject:apple', ['Red apple']],
    ['text:apple', ['pie']],
    ['text:"an apple"', ['pie']],
    ['text:"apple an"', []],
    ['from:carol', ['pie']],
    ['from:ann', ['Grüße', 'Red apple']],
    ['from:"Doe, Jane"', ['pie']],
    ['to:dave', ['pie']],
    ['to:bob@fourwire.test', ['Grüße', 'pie', 'Red apple']],
    ['GRÜSSE', []],
    ['grüße', ['Grüße']],
    ['text:html', ['Grüße']],
    ['text:br', []],
    ['has:attachment', ['Grüße']],
    ['from:ann has:attachment', ['Grüße']],
    ['red apple', ['Red apple']],
  ])('for %s finds %j', async (query, subjects) => {
    expect(await subjectsOf(mail, query)).toEqual(subjects)
  })

  test('finds what another process stored, and what an earlier one did not index', async () => {
    const file = await newFile()
    const first = await openMail(file)
    await first.add(message('Subject: one\n\nword\n'))
    await first.closeStore()
    const [second, third] = [await openMail(file), await openMail(file)]
    await second.add(message('Subject: two\n\nword\n'))
    const found = await Promise.all([subjectsOf(second, 'word'), subjectsOf(third, 'word')])
    expect(found).toEqual([
      ['two', 'one'],
      ['two', 'one'],
    ])
    await second.delete((await second.list()).messages[0]?.id ?? '')
    expect(await subjectsOf(third, 'word')).toEqual(['one'])
  })

  test('indexes in the background once no more mail arrives', async () => {
    const mail = await openMail(await newFile())
    const id = await mail.add(message('Subject: one\n\nword\n'))
    expect((await mail.get(id))?.hasAttachments).toBeUndefined()
    await expect.poll(async () => (await mail.get(id))?.hasAttachments).toBe(false)
  })
})

describe('following', () => {
  test('yields messages of this and of another process, once and in their order', async () => {
    const file = await newFile()
    const [own, other] = [await openMail(file), await openMail(file)]
    await own.add(message('Subject: before\n\nx\n'))
    const after = own.now()
    const stopped = new AbortController()
    const subjects: string[] = []
    for (const number of [1, 2, 3]) await (number % 2 ? own : other).add(message(`Subject: ${number}\n\nx\n`))
    for await (const group of own.follow({ after, signal: stopped.signal })) {
      subjects.push(...group.map(({ subject }) => subject))
      if (subjects.length === 3) await other.add(message('Subject: 4\n\nx\n'))
      if (subjects.length === 4) break
    }
    expect(subjects).toEqual(['1', '2', '3', '4'])
  })

  test('loses none of the messages that arrive while a follower is busy', async () => {
    const mail = await openMail(await newFile())
    const count = 1000
    const adding = Promise.all(
      Array.from({ length: count }, (_, index) => mail.add(message(`Subject: ${index}\n\nx\n`))),
    )
    const seen = new Set<string>()
    for await (const group of mail.follow({ after: '' })) {
      for (const { id } of group) seen.add(id)
      if (seen.size === count) break
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(seen).toEqual(new Set(await adding))
  })

  test('ends with the reason of its signal, or when the store closes', async () => {
    const mail = await openMail(await newFile())
    const stopped = new AbortController()
    const [stoppedFollower, closedFollower] = [
      mail.follow({ after: '', signal: stopped.signal }).next(),
      mail.follow({ after: '' }).next(),
    ]
    stopped.abort(new Error('stopped'))
    await expect(stoppedFollower).rejects.toThrow('stopped')
    await Promise.all([expect(closedFollower).rejects.toMatchObject({ code: 'closed' }), mail.closeStore()])
  })
})
