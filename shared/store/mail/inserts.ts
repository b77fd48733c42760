/** The statements that store a message, compiled once, and the rows of a message for them. */
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Engine, Write } from '../engine.ts'
import type { ContentRow, DeliveryRow, MessageRow, Schema } from '../schema.ts'
import { summarizeHeader } from './header-summary.ts'
import { mailboxName } from './mailbox-name.ts'
import { type IdentifiedMessage, type NewMessage, sizeOf } from './message.ts'

/**
 * Returns what stores the messages: one statement for each table, with one row for each message or recipient. Other processes are
 * notified if the database can do that.
 */
export function insertMessages(messages: readonly IdentifiedMessage[], { db, notifications }: Engine): Write[] {
  const statements = compile(db)
  const deliveries = messages.flatMap(toDeliveries)
  return [
    { sql: statements.messages, rows: messages.map(messageRow) },
    { sql: statements.contents, rows: messages.map(contentRow) },
    { sql: statements.deliveries, rows: deliveries.map(deliveryRow) },
    { sql: statements.mailboxes, rows: mailboxRows(deliveries) },
    ...(notifications ? [notifications.write] : []),
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

/** What the index sets later. */
const NOT_INDEXED = { hasAttachments: null, indexed: 0 }
const NOT_SEEN = 0

/** A value for each column, in their order. */
type Values<Columns extends readonly unknown[]> = {
  readonly [Index in keyof Columns]: string | number | Uint8Array | null
}

function messageRow({ id, receivedAt, message }: IdentifiedMessage): Values<typeof MESSAGE_COLUMNS> {
  const { subject, from } = summarizeHeader(message.raw)
  const { envelope, account = null, parameters = {} } = message
  return [
    id,
    receivedAt,
    envelope.from,
    sizeOf(message),
    subject,
    from,
    NOT_INDEXED.hasAttachments,
    NOT_SEEN,
    NOT_INDEXED.indexed,
    account,
    JSON.stringify(parameters),
  ]
}

function contentRow({ id, message }: IdentifiedMessage): Values<typeof CONTENT_COLUMNS> {
  return [id, message.raw, message.transcript?.(id) ?? '']
}

/** One recipient of a message. */
interface Delivery {
  readonly id: string
  readonly message: NewMessage
  readonly position: number
  readonly recipient: string
  readonly mailbox: string
}

function toDeliveries({ id, message }: IdentifiedMessage): Delivery[] {
  return message.envelope.to.map((recipient, position) => {
    return { id, message, position, recipient, mailbox: mailboxName(recipient) }
  })
}

function deliveryRow({ id, message, position, recipient, mailbox }: Delivery): Values<typeof DELIVERY_COLUMNS> {
  return [id, position, recipient, mailbox, JSON.stringify(message.recipientParameters?.[position] ?? {})]
}

/** One row for each mailbox: name, number of messages, bytes. A mailbox gets a message once, whatever its tags. */
function mailboxRows(deliveries: readonly Delivery[]): [string, number, number][] {
  const totals = new Map<string, { last: string; messages: number; bytes: number }>()
  for (const { id, message, mailbox } of deliveries) {
    const total = totals.get(mailbox) ?? { last: '', messages: 0, bytes: 0 }
    totals.set(mailbox, total)
    if (total.last === id) continue
    total.last = id
    total.messages += 1
    total.bytes += sizeOf(message)
  }
  return [...totals].map(([name, { messages, bytes }]) => [name, messages, bytes])
}
