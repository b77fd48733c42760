/** Deletes messages from all tables, and keeps the count of what the mailboxes hold. */
import { sql, type Transaction } from 'kysely'
import type { EngineName } from '../engine.ts'
import type { Schema } from '../schema.ts'

export interface Deletion {
  /** At most 1000. */
  readonly ids: readonly string[]
  /** Deletes only the copies in these mailboxes, and a message with its last copy. Undefined deletes messages whole. */
  readonly mailboxes?: readonly string[] | undefined
}

/** Returns how many of the messages were there. */
export async function deleteMessages(
  transaction: Transaction<Schema>,
  { ids, mailboxes }: Deletion,
  engine: EngineName,
): Promise<number> {
  if (ids.length === 0 || mailboxes?.length === 0) return 0
  const copies = transaction
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .select(['message_id', 'mailbox', 'size'])
    .distinct()
    .where('message_id', 'in', ids)
  const found = await (mailboxes ? copies.where('mailbox', 'in', mailboxes) : copies).execute()
  await reduceUsage(transaction, found)
  const deliveries = transaction.deleteFrom('deliveries').where('message_id', 'in', ids)
  await (mailboxes ? deliveries.where('mailbox', 'in', mailboxes) : deliveries).execute()
  await deleteUndelivered(transaction, ids, engine)
  return new Set(found.map(({ message_id }) => message_id)).size
}

interface Copy {
  readonly mailbox: string
  readonly size: number
}

async function reduceUsage(transaction: Transaction<Schema>, copies: readonly Copy[]): Promise<void> {
  const totals = new Map<string, { messages: number; bytes: number }>()
  for (const { mailbox, size } of copies) {
    const total = totals.get(mailbox) ?? { messages: 0, bytes: 0 }
    totals.set(mailbox, { messages: total.messages + 1, bytes: total.bytes + size })
  }
  for (const [name, { messages, bytes }] of totals) {
    await transaction
      .updateTable('mailboxes')
      .set({ messages: sql`messages - ${messages}`, bytes: sql`bytes - ${bytes}` })
      .where('name', '=', name)
      .execute()
  }
}

/** Deletes the messages that are in no mailbox any more; their contents follow. */
async function deleteUndelivered(
  transaction: Transaction<Schema>,
  ids: readonly string[],
  engine: EngineName,
): Promise<void> {
  const rows = await transaction
    .selectFrom('messages')
    .select('seq')
    .where('id', 'in', ids)
    .where(({ exists, not, selectFrom }) =>
      not(exists(selectFrom('deliveries').select('mailbox').whereRef('message_id', '=', 'messages.id'))),
    )
    .execute()
  const positions = rows.map(({ seq }) => seq)
  if (positions.length === 0) return
  // On PostgreSQL the rows of the index follow their messages.
  if (engine === 'sqlite') await sql`delete from search where rowid in (${sql.join(positions)})`.execute(transaction)
  await transaction.deleteFrom('messages').where('seq', 'in', positions).execute()
}
