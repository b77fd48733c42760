/** A store whose database is missing at first: what failed once is tried again. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { emptyFolder } from '../../helpers/cli.ts'
import { freePort } from '../../helpers/free-port.ts'
import { startPostgres } from '../../helpers/postgres.ts'
import { createStore } from '../../helpers/store.ts'
import { requireTool } from '../../interop/tools.ts'

test('a SQLite file whose folder is missing opens once the folder exists', async () => {
  const folder = path.join(await emptyFolder(), 'later')
  const store = createStore({ kind: 'sqlite', file: path.join(folder, 'fourwire.db') })
  const attempts = [store.open(), store.open()]
  expect(attempts[0]).toBe(attempts[1])
  await expect(attempts[0]).rejects.toMatchObject({ name: 'StoreError' })
  await expect(attempts[1]).rejects.toThrow('cannot open the store')
  await expect(store.open()).rejects.toThrow('cannot open the store')

  await mkdir(folder)
  const [first, second] = await Promise.all([store.open(), store.open()])
  expect(first).toBe(second)
  await first?.accounts.add({ name: 'ann', password: 'secret' })
  expect(await (await store.open()).accounts.get('ann')).toMatchObject({ name: 'ann' })
})

test('a store on a PostgreSQL server opens once the server has started', async context => {
  requireTool('initdb', context)
  const port = await freePort()
  const store = createStore({ kind: 'postgres', url: `postgres://fourwire@127.0.0.1:${port}/postgres` })
  await expect(store.open()).rejects.toThrow('ECONNREFUSED')
  await startPostgres(onTestFinished, { port })
  expect(await (await store.open()).accounts.list()).toEqual([])
})

test('a store that is closed after a failed attempt stays closed', async () => {
  const store = createStore({ kind: 'sqlite', file: path.join(await emptyFolder(), 'missing', 'fourwire.db') })
  await expect(store.open()).rejects.toThrow('cannot open the store')
  await store.close()
  await expect(store.open()).rejects.toMatchObject({ code: 'closed' })
})
