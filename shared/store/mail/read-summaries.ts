/** Reads what lists show of messages: each row with the deliveries of the message. */
import type { Kysely, Selectable } from 'kysely'
import type { DeliveryRow, MessageRow, Schema } from '../schema.ts'
import { type MessageSummary, toSummary } from './message.ts'

/** Returns the summaries in the order of the rows. */
export async function readSummaries(
  rows: readonly Selectable<MessageRow>[],
  db: Kysely<Schema>,
): Promise<MessageSummary[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const deliveries = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('message_id', 'in', ids)
    .orderBy('message_id')
    .orderBy('position')
    .execute()
  const byMessage = new Map<string, DeliveryRow[]>(ids.map(id => [id, []]))
  for (const delivery of deliveries) byMessage.get(delivery.message_id)?.push(delivery)
  return rows.map(row => toSummary(row, byMessage.get(row.id) ?? []))
}
