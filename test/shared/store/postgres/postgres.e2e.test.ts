import { expect, onTestFinished, test } from 'vitest'
import { openEngine } from '../../../../shared/store/open-store.ts'
import { emptyFolder, runFourwire } from '../../../helpers/cli.ts'
import { freePort } from '../../../helpers/free-port.ts'
import { query } from '../../../helpers/postgres.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { locateOnPostgres } from '../engines.ts'

/** Ends the other connections to the database. */
const TERMINATE_OTHERS =
  'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'

test('start refuses a database that it cannot reach, without the password', async () => {
  const cwd = await emptyFolder()
  const port = await freePort()
  const url = `postgres://ann:secret@127.0.0.1:${port}/mail`
  const { code, stderr } = await runFourwire(['start', 'smtp', '--free-ports', '--store', url], { cwd })
  expect(stderr).toBe(
    `fourwire: cannot open the store postgres://ann:****@127.0.0.1:${port}/mail: connect ECONNREFUSED 127.0.0.1:${port}\n`,
  )
  expect(code).toBe(1)
})

test('two suites on one database share their accounts', async context => {
  const { url: store } = await locateOnPostgres(context)
  const one = await suiteFor({ services: ['ftp'], store })
  const other = await suiteFor({ services: ['ftp'], store })
  await one.accounts.add({ name: 'ann', password: 'secret' })
  expect(await other.accounts.get('ann')).toMatchObject({ name: 'ann' })
})

test('a lost connection fails what was running, and the next query connects again', async context => {
  const location = await locateOnPostgres(context)
  const engine = await openEngine(location)
  onTestFinished(() => engine.close())
  const attempt = engine.db.transaction().execute(async transaction => {
    await transaction.selectFrom('accounts').selectAll().execute()
    await query(location.url, TERMINATE_OTHERS)
    await transaction.selectFrom('accounts').selectAll().execute()
  })
  await expect(attempt).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' })
  expect(await engine.db.selectFrom('accounts').selectAll().execute()).toEqual([])
})
