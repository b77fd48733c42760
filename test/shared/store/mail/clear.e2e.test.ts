import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { silentLog } from '../../../../shared/log.ts'
import { createStoreParts } from '../../../../shared/store/open-store.ts'
import { describeOnEveryDatabase } from '../engines.ts'

/** More than one statement deletes. */
const MESSAGES = 5001
/** Rows of one statement: databases bound its parameters. */
const ROWS = 1000

describeOnEveryDatabase(({ openEngine }) => {
  async function setUp(context: TestContext) {
    const engine = await openEngine(context)
    const { mail } = createStoreParts(engine, { log: silentLog })
    onTestFinished(() => mail.close())
    const rows = Array.from({ length: MESSAGES }, (_, index) => ({
      id: String(index).padStart(36, '0'),
      received_at: index,
      sender: 'ann@fourwire.test',
      size: 1,
      subject: '',
      author: '',
      has_attachments: 0,
      seen: 0,
      indexed: 1,
      account: null,
      parameters: '{}',
    }))
    for (let start = 0; start < MESSAGES; start += ROWS) {
      await engine.db
        .insertInto('messages')
        .values(rows.slice(start, start + ROWS))
        .execute()
    }
    return mail
  }

  test('clearing the mail deletes more messages than one statement does, and counts them', async context => {
    const mail = await setUp(context)
    expect(await mail.clear()).toBe(MESSAGES)
    expect((await mail.list()).messages).toEqual([])
    expect(await mail.clear()).toBe(0)
  })
})
