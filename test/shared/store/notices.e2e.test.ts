import { expect, test } from 'vitest'
import { UsageError } from '../../../shared/errors.ts'
import { isAuthor, Notices } from '../../../shared/store/notices.ts'
import { describeOnEveryDatabase } from './engines.ts'

describeOnEveryDatabase(database => {
  test('lists notices newest first, in pages', async context => {
    const { accounts, notices } = await database.open(context)
    const ann = await accounts.add({ name: 'ann', password: 'x' })
    const added = [await notices.add(ann, 'one'), await notices.add(ann, 'two'), await notices.add(ann, 'three')]
    const first = await notices.list({ limit: 2 })
    expect(first).toEqual({ notices: [added[2], added[1]], next: added[1]?.id })
    expect(await notices.list({ limit: 2, cursor: first.next })).toEqual({ notices: [added[0]], next: undefined })
    await expect(notices.list({ limit: 2, cursor: "' or 1" })).rejects.toThrow(UsageError)
  })

  test('commits notices that are posted at once together', async context => {
    const engine = await database.openEngine(context)
    let commits = 0
    const write: typeof engine.write = writes => {
      commits += 1
      return engine.write(writes)
    }
    const notices = new Notices({ ...engine, write })
    const ann = { name: 'ann', read: ['/'], write: ['/'], createdAt: 0 }
    const added = await Promise.all(Array.from({ length: 20 }, (_, index) => notices.add(ann, `notice ${index}`)))
    expect(commits).toBe(1)
    const { notices: listed } = await notices.list({ limit: 100 })
    expect(listed).toEqual(added.toReversed())
  })

  test('only the author edits and deletes a notice', async context => {
    const { accounts, notices } = await database.open(context)
    const [ann, ben] = [
      await accounts.add({ name: 'ann', password: 'x' }),
      await accounts.add({ name: 'ben', password: 'x' }),
    ]
    const notice = await notices.add(ann, 'one')
    expect(await notices.edit(ben, notice.id, 'two')).toBeUndefined()
    expect(await notices.delete(ben, notice.id)).toBe(false)
    expect(await notices.get(notice.id)).toEqual(notice)
    const edited = await notices.edit(ann, notice.id, 'two')
    expect(edited).toMatchObject({ id: notice.id, text: 'two', createdAt: notice.createdAt })
    expect(edited?.editedAt).toBeGreaterThanOrEqual(notice.createdAt)
    expect(await notices.delete(ann, notice.id)).toBe(true)
    expect(await notices.get(notice.id)).toBeUndefined()
  })

  test('an account of the same name that was added later is not the author', async context => {
    const { accounts, notices } = await database.open(context)
    const notice = await notices.add(await accounts.add({ name: 'ann', password: 'x' }), 'one')
    const later = { name: 'ann', read: ['/'], write: ['/'], createdAt: notice.createdAt + 1 }
    expect(isAuthor(later, notice)).toBe(false)
    expect(await notices.edit(later, notice.id, 'two')).toBeUndefined()
    expect(await notices.delete(later, notice.id)).toBe(false)
  })
})
