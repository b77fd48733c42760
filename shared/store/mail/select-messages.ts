/** The query that lists messages: newest first, one page at a time. */
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { EngineName } from '../engine.ts'
import type { MessageRow } from '../schema.ts'
import type { MailFilter, Phrase, SearchField } from './mail-filter.ts'
import { mailboxName } from './mailbox-name.ts'

export interface PageRequest {
  readonly filter: MailFilter
  /** Messages before this position; undefined for the newest. */
  readonly before: number | undefined
  readonly limit: number
}

/** Returns the query for the rows of one page. */
export function selectMessages(
  { filter, before, limit }: PageRequest,
  engine: EngineName,
): RawBuilder<Selectable<MessageRow>> {
  const { phrases = [] } = filter
  const conditions = [
    ...(before === undefined ? [] : [sql`messages.seq < ${before}`]),
    ...(phrases.length === 0 ? [] : [matches(phrases, engine)]),
    ...(filter.hasAttachment === undefined ? [] : [sql`has_attachments = ${filter.hasAttachment ? 1 : 0}`]),
    ...(filter.seen === undefined ? [] : [sql`seen = ${filter.seen ? 1 : 0}`]),
    ...(filter.before === undefined ? [] : [sql`received_at < ${filter.before.getTime()}`]),
    ...(filter.after === undefined ? [] : [sql`received_at >= ${filter.after.getTime()}`]),
    ...(filter.mailbox === undefined ? [] : [isIn(mailboxName(filter.mailbox))]),
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

function isIn(mailbox: string): RawBuilder<unknown> {
  return sql`exists (select 1 from deliveries where deliveries.mailbox = ${mailbox} and message_id = messages.id)`
}

const SQLITE_COLUMNS: Readonly<Record<SearchField, string>> = {
  from: 'sender',
  to: 'recipients',
  subject: 'subject',
  text: 'body',
}

/** The weights that `search-index.ts` gives the words of each field. */
const POSTGRES_WEIGHTS: Readonly<Record<SearchField, string>> = { subject: 'A', from: 'B', to: 'C', text: 'D' }

function matches(phrases: readonly Phrase[], engine: EngineName): RawBuilder<unknown> {
  return engine === 'sqlite'
    ? sql`search match ${phrases.map(sqlitePhrase).join(' AND ')}`
    : sql`search.words @@ to_tsquery('simple', ${phrases.map(postgresPhrase).join(' & ')})`
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
