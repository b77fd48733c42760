/**
 * The migrations of the store. Each one takes the database from one version to the next, and never changes once released.
 * What differs between SQLite and PostgreSQL is in the column types and in the full-text index.
 */
import { type Kysely, sql, type Transaction } from 'kysely'
import type { EngineName } from './engine.ts'

export type MigrationTarget = Kysely<unknown> | Transaction<unknown>

export type Migration = (db: MigrationTarget, engine: EngineName) => Promise<void>

/** `MIGRATIONS[0]` makes version 1. */
export const MIGRATIONS: readonly Migration[] = [
  createAccountsAndMail,
  createSessionsAndNotices,
  addFileQuota,
  addDeletePaths,
]

async function createAccountsAndMail(db: MigrationTarget, engine: EngineName): Promise<void> {
  const blob = engine === 'sqlite' ? sql`blob` : sql`bytea`
  await db.schema
    .createTable('accounts')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('password', 'text', column => column.notNull())
    .addColumn('read_paths', 'text', column => column.notNull())
    .addColumn('write_paths', 'text', column => column.notNull())
    .addColumn('quota', 'bigint')
    .addColumn('created_at', 'bigint', column => column.notNull())
    .execute()
  await db.schema
    .createTable('messages')
    .addColumn('seq', engine === 'sqlite' ? 'integer' : 'bigserial', column =>
      engine === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey(),
    )
    .addColumn('id', 'text', column => column.notNull().unique())
    .addColumn('received_at', 'bigint', column => column.notNull())
    .addColumn('sender', 'text', column => column.notNull())
    .addColumn('size', 'bigint', column => column.notNull())
    .addColumn('subject', 'text', column => column.notNull())
    .addColumn('author', 'text', column => column.notNull())
    .addColumn('has_attachments', 'integer')
    .addColumn('seen', 'integer', column => column.notNull())
    .addColumn('indexed', 'integer', column => column.notNull())
    .addColumn('account', 'text')
    .addColumn('parameters', 'text', column => column.notNull())
    .execute()
  await sql`create index messages_to_index on messages (seq) where indexed = 0`.execute(db)
  await db.schema
    .createTable('contents')
    .addColumn('message_id', 'text', column => column.primaryKey().references('messages.id').onDelete('cascade'))
    .addColumn('transcript', 'text', column => column.notNull())
    .addColumn('raw', blob, column => column.notNull())
    .execute()
  await db.schema
    .createTable('deliveries')
    .addColumn('message_id', 'text', column => column.notNull().references('messages.id').onDelete('cascade'))
    .addColumn('position', 'integer', column => column.notNull())
    .addColumn('recipient', 'text', column => column.notNull())
    .addColumn('mailbox', 'text', column => column.notNull())
    .addColumn('parameters', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('deliveries_key', ['message_id', 'position'])
    .execute()
  await db.schema
    .createTable('mailboxes')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('messages', 'bigint', column => column.notNull())
    .addColumn('bytes', 'bigint', column => column.notNull())
    .execute()
  await db.schema.createIndex('deliveries_by_mailbox').on('deliveries').columns(['mailbox', 'message_id']).execute()
  await createSearchIndex(db, engine)
}

/** The words of subject, author, recipients and text, by `messages.seq`. */
async function createSearchIndex(db: MigrationTarget, engine: EngineName): Promise<void> {
  if (engine === 'sqlite') {
    await sql`create virtual table search using fts5(
      subject, sender, recipients, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
    )`.execute(db)
    return
  }
  await sql`create table search (
    seq bigint primary key references messages (seq) on delete cascade, words tsvector not null
  )`.execute(db)
  await sql`create index search_words on search using gin (words)`.execute(db)
}

async function createSessionsAndNotices(db: MigrationTarget): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('token_hash', 'text', column => column.notNull().unique())
    .addColumn('account', 'text', column => column.notNull())
    .addColumn('account_created_at', 'bigint', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('seen_at', 'bigint', column => column.notNull())
    .addColumn('expires_at', 'bigint', column => column.notNull())
    .addColumn('address', 'text', column => column.notNull())
    .addColumn('user_agent', 'text', column => column.notNull())
    .execute()
  await db.schema.createIndex('sessions_by_account').on('sessions').columns(['account', 'id']).execute()
  await db.schema
    .createTable('submission_tokens')
    .addColumn('token_hash', 'text', column => column.primaryKey())
    .addColumn('account', 'text', column => column.notNull())
    .addColumn('account_created_at', 'bigint', column => column.notNull())
    .addColumn('expires_at', 'bigint', column => column.notNull())
    .execute()
  await db.schema
    .createTable('notices')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('author', 'text', column => column.notNull())
    .addColumn('text', 'text', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('edited_at', 'bigint')
    .execute()
}

async function addFileQuota(db: MigrationTarget): Promise<void> {
  await db.schema.alterTable('accounts').addColumn('file_quota', 'bigint').execute()
}

async function addDeletePaths(db: MigrationTarget): Promise<void> {
  await db.schema.alterTable('accounts').addColumn('delete_paths', 'text').execute()
}
