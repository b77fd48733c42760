/** The query that lists messages: newest first, one page at a time. */
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { EngineName } from '../engine.ts'
import type { MessageRow } from '../schema.ts'
import { type MailFilter, type Phrase, type SearchField, wordsOf } from './mail-filter.ts'
import { mailboxOwner } from './mailbox-name.ts'

export interface PageRequest {
  readonly filter: MailFilter
  /** Messages in one of these mailboxes; undefined for all messages. */
  readonly mailboxes?: readonly string[] | undefined
  /** Messages before this position; undefined for the newest. */
  readonly before?: Position | undefined
  readonly limit: number
}

/**
 * A place in the order of a list. Mailboxes are read in the order of the message ids, because their index has these; every
 * other list in the order of arrival, which is the same for the messages of one process.
 */
export type Position = { readonly seq: number } | { readonly id: string }

/** True if the list is that of mailboxes alone, whose positions are ids. */
export function isInOrderOfIds({ filter, mailboxes }: Pick<PageRequest, 'filter' | 'mailboxes'>): boolean {
  const { mailbox: _, owner: __, phrases = [], ...conditions } = filter
  return (
    mailboxes !== undefined && phrases.length === 0 && Object.values(conditions).every(value => value === undefined)
  )
}

/** Returns the query for the rows of one page. */
export function selectMessages(request: PageRequest, engine: EngineName): RawBuilder<Selectable<MessageRow>> {
  return isInOrderOfIds(request) ? selectMailboxes(request) : selectMatches(request, engine)
}

/** Reads no more entries of each mailbox than the page has. */
function selectMailboxes({ mailboxes = [], before, limit }: PageRequest): RawBuilder<Selectable<MessageRow>> {
  const end = before && 'id' in before ? sql`and message_id < ${before.id}` : sql``
  const newest = mailboxes.map(
    mailbox => sql`select message_id from (
      select distinct message_id from deliveries where mailbox = ${mailbox} ${end} order by message_id desc limit ${limit}
    ) as newest`,
  )
  return sql<Selectable<MessageRow>>`
    select messages.* from messages where id in (${sql.join(newest, sql` union `)}) order by id desc limit ${limit}`
}

function selectMatches(
  { filter, mailboxes, before, limit }: PageRequest,
  engine: EngineName,
): RawBuilder<Selectable<MessageRow>> {
  const { phrases = [] } = filter
  const conditions = [
    ...(before && 'seq' in before ? [sql`messages.seq < ${before.seq}`] : []),
    ...(phrases.length === 0 ? [] : [matches(phrases, mailboxes ?? [], engine)]),
    ...(filter.hasAttachment === undefined ? [] : [sql`has_attachments = ${filter.hasAttachment ? 1 : 0}`]),
    ...(filter.seen === undefined ? [] : [sql`seen = ${filter.seen ? 1 : 0}`]),
    ...(filter.before === undefined ? [] : [sql`received_at < ${filter.before.getTime()}`]),
    ...(filter.after === undefined ? [] : [sql`received_at >= ${filter.after.getTime()}`]),
    ...(mailboxes === undefined ? [] : [isIn(mailboxes)]),
  ]
  // SQLite reads a match in the order of its rows, so that a common word costs no more than a page.
  const order = phrases.length > 0 && engine === 'sqlite' ? sql`search.rowid` : sql`messages.seq`
  return sql<Selectable<MessageRow>>`
    select messages.* from ${source(phrases.length > 0, engine)}
    where ${conditions.length === 0 ? sql`1 = 1` : sql.join(conditions, sql` and `)}
    order by ${order} desc limit ${limit}`
}

function source(searches: boolean, engine: EngineName): RawBuilder<unknown> {
  if (!searches) return sql`messages`
  return engine === 'sqlite'
    ? sql`search cross join messages on messages.seq = search.rowid`
    : sql`messages join search on search.seq = messages.seq`
}

function isIn(mailboxes: readonly string[]): RawBuilder<unknown> {
  const names = sql.join(mailboxes)
  return sql`exists (select 1 from deliveries where message_id = messages.id and deliveries.mailbox in (${names}))`
}

const SQLITE_COLUMNS: Readonly<Record<SearchField, string>> = {
  from: 'sender',
  to: 'recipients',
  subject: 'subject',
  text: 'body',
}

/** The weights that `insert-entries.ts` gives the words of each field. */
const POSTGRES_WEIGHTS: Readonly<Record<SearchField, string>> = { subject: 'A', from: 'B', to: 'C', text: 'D' }

/** @param mailboxes reduce the matches before their deliveries are compared */
function matches(phrases: readonly Phrase[], mailboxes: readonly string[], engine: EngineName): RawBuilder<unknown> {
  const owners = mailboxes.map(mailbox => wordsOf(mailboxOwner(mailbox)))
  const recipients = owners.every(words => words.length > 0)
    ? owners.map(words => ({ field: 'to', words }) as const)
    : []
  if (engine === 'sqlite') {
    const any = recipients.map(sqlitePhrase).join(' OR ')
    return sql`search match ${[...phrases.map(sqlitePhrase), ...(any === '' ? [] : [`(${any})`])].join(' AND ')}`
  }
  const any = recipients.map(postgresPhrase).join(' | ')
  const query = [...phrases.map(postgresPhrase), ...(any === '' ? [] : [`(${any})`])].join(' & ')
  return sql`search.words @@ to_tsquery('simple', ${query})`
}

/** `subject : "one two" *`: words are letters and digits, so nothing needs escaping. */
function sqlitePhrase({ field, words }: Phrase): string {
  return `${field === undefined ? '' : `${SQLITE_COLUMNS[field]} : `}"${words.join(' ')}" *`
}

/** `(one:A <-> two:*A)` */
function postgresPhrase({ field, words }: Phrase): string {
  const weight = field === undefined ? '' : POSTGRES_WEIGHTS[field]
  const last = words.length - 1
  return `(${words.map((word, index) => `'${word}':${index === last ? '*' : ''}${weight}`.replace(/:$/, '')).join(' <-> ')})`
}
