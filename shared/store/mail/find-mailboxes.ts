/** Finds the mailboxes that a filter names: one by its address, or those of an account. */
import { type Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'
import type { MailFilter } from './mail-filter.ts'
import { mailboxName, mailboxOwner } from './mailbox-name.ts'

/** Mailboxes of one account: NAME@ each domain. */
const MAX_OWNED_MAILBOXES = 100

/** Returns the names of the mailboxes of a filter; undefined if it has no condition on them. */
export async function findMailboxes(
  { mailbox, owner }: Pick<MailFilter, 'mailbox' | 'owner'>,
  db: Kysely<Schema>,
): Promise<readonly string[] | undefined> {
  const named = mailbox === undefined ? undefined : mailboxName(mailbox)
  if (owner === undefined) return named === undefined ? undefined : [named]
  if (named !== undefined) return mailboxOwner(named) === owner ? [named] : []
  const prefix = `${owner}@`
  const isOwn = sql<boolean>`(name = ${owner} or substr(name, 1, ${sql.lit(prefix.length)}) = ${prefix})`
  const own = db.selectFrom('mailboxes').select('name').where(isOwn).limit(MAX_OWNED_MAILBOXES)
  return (await own.execute()).map(({ name }) => name)
}
