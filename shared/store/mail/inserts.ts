/** The statements that store a message, compiled once, and the rows of a message for them. */
import type { Insertable, Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Engine, Write } from '../engine.ts'
import type { ContentRow, DeliveryRow, MessageRow, Schema } from '../schema.ts'
import { summarizeHeader } from './header-summary.ts'
import { mailboxName } from './mailbox-name.ts'
import { type IdentifiedMessage, sizeOf } from './message.ts'

/** Returns what stores the messages: one statement for each table, with one row for each message or recipient. */
export function insertMessages(messages: readonly IdentifiedMessage[], { db }: Engine): Write[] {
  const statements = compile(db)
  return [
    { sql: statements.messages, rows: messages.map(messageRow).map(row => MESSAGE_COLUMNS.map(column => row[column])) },
    { sql: statements.contents, rows: messages.map(contentRow).map(row => CONTENT_COLUMNS.map(column => row[column])) },
    {
      sql: statements.deliveries,
      rows: messages.flatMap(deliveryRows).map(row => DELIVERY_COLUMNS.map(column => row[column])),
    },
    { sql: statements.mailboxes, rows: mailboxRows(messages) },
  ]
}

const MESSAGE_COLUMNS = [
  'id',
  'received_at',
  'sender',
  'size',
  'subject',
  'author',
  'has_attachments',
  'seen',
  'indexed',
  'account',
  'parameters',
] as const satisfies readonly (keyof MessageRow)[]
const CONTENT_COLUMNS = ['message_id', 'raw', 'transcript'] as const satisfies readonly (keyof ContentRow)[]
const DELIVERY_COLUMNS = [
  'message_id',
  'position',
  'recipient',
  'mailbox',
  'parameters',
] as const satisfies readonly (keyof DeliveryRow)[]

interface Statements {
  readonly messages: string
  readonly contents: string
  readonly deliveries: string
  readonly mailboxes: string
}

const compiled = new WeakMap<Kysely<Schema>, Statements>()

function compile(db: Kysely<Schema>): Statements {
  const known = compiled.get(db)
  if (known) return known
  const insert = (table: 'messages' | 'contents' | 'deliveries', columns: readonly string[]) =>
    db
      .insertInto(table)
      .values(Object.fromEntries(columns.map(column => [column, ''])) as never)
      .compile().sql
  const statements = {
    messages: insert('messages', MESSAGE_COLUMNS),
    contents: insert('contents', CONTENT_COLUMNS),
    deliveries: insert('deliveries', DELIVERY_COLUMNS),
    mailboxes: db
      .insertInto('mailboxes')
      .values({ name: '', messages: 0, bytes: 0 })
      .onConflict(conflict =>
        conflict.column('name').doUpdateSet({
          messages: sql`mailboxes.messages + excluded.messages`,
          bytes: sql`mailboxes.bytes + excluded.bytes`,
        }),
      )
      .compile().sql,
  }
  compiled.set(db, statements)
  return statements
}

function messageRow({ id, receivedAt, message }: IdentifiedMessage): Insertable<MessageRow> {
  const { subject, from } = summarizeHeader(message.raw)
  return {
    id,
    received_at: receivedAt,
    sender: message.envelope.from,
    size: sizeOf(message),
    subject,
    author: from,
    has_attachments: null,
    seen: 0,
    indexed: 0,
    account: message.account ?? null,
    parameters: JSON.stringify(message.parameters ?? {}),
  }
}

function contentRow({ id, message }: IdentifiedMessage): ContentRow {
  return { message_id: id, raw: message.raw, transcript: message.transcript?.(id) ?? '' }
}

function deliveryRows({ id, message }: IdentifiedMessage): DeliveryRow[] {
  return message.envelope.to.map((recipient, position) => ({
    message_id: id,
    position,
    recipient,
    mailbox: mailboxName(recipient),
    parameters: JSON.stringify(message.recipientParameters?.[position] ?? {}),
  }))
}

/** One row for each mailbox: name, number of messages, bytes. A mailbox gets a message once, whatever its tags. */
function mailboxRows(messages: readonly IdentifiedMessage[]): [string, number, number][] {
  const totals = new Map<string, [string, number, number]>()
  for (const { message } of messages) {
    for (const name of new Set(message.envelope.to.map(mailboxName))) {
      const [, count, bytes] = totals.get(name) ?? [name, 0, 0]
      totals.set(name, [name, count + 1, bytes + sizeOf(message)])
    }
  }
  return [...totals.values()]
}
