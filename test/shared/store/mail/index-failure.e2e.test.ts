/** What an operator learns if the full-text index fails, and that it recovers. */
import path from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { send } from '../../../../clients/smtp/index.ts'
import type { Suite } from '../../../../shared/launcher/index.ts'
import { createLog } from '../../../../shared/log.ts'
import { openEngine } from '../../../../shared/store/open-store.ts'
import type { StoreLocation } from '../../../../shared/store/store.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { describeOnEveryDatabase } from '../engines.ts'

interface LogLine {
  readonly level: number
  readonly msg: string
  readonly pending?: number
  readonly err?: { readonly message: string }
}

async function startSuite(location: StoreLocation): Promise<{ suite: Suite<'smtp'>; failures: () => LogLine[] }> {
  const lines: string[] = []
  const log = await createLog('error', { write: line => lines.push(line) })
  const place = location.kind === 'postgres' ? { store: location.url } : { data: folderOf(location) }
  const suite = await suiteFor({ services: ['smtp'], log, ...place })
  return { suite, failures: () => lines.map(line => JSON.parse(line) as LogLine) }
}

function folderOf(location: StoreLocation): string {
  if (location.kind !== 'sqlite') throw new Error(`no folder: ${location.kind}`)
  return path.dirname(location.file)
}

describeOnEveryDatabase(
  database => {
    test('each failure of the index is logged once, and the next search indexes what is pending', async context => {
      const location = await database.locate(context)
      const { suite, failures } = await startSuite(location)
      const other = await openEngine(location)
      onTestFinished(() => other.close())
      const server = `${suite.smtp.host}:${suite.smtp.port}`

      await sql`alter table search rename to hidden`.execute(other.db)
      await send({ server, from: 'ann@fourwire.test', to: 'bob@fourwire.test', subject: 'pear', text: 'x' })
      await expect.poll(failures).toHaveLength(1)
      expect(await suite.mail.list('is:unseen has:attachment')).toEqual([])
      expect(failures()).toHaveLength(2)
      for (const failure of failures()) {
        expect(failure).toMatchObject({
          pending: 1,
          err: { message: expect.stringMatching(/search/) },
          msg: 'mail: messages not indexed, searches miss them. The next message or search tries again',
        })
      }

      await sql`alter table hidden rename to search`.execute(other.db)
      expect(await suite.mail.list('pear')).toMatchObject([{ subject: 'pear' }])
      expect(failures()).toHaveLength(2)
    })
  },
  ['file', 'postgres'],
)
