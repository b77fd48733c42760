/** What a search looks for: the text of a query parsed into conditions. Pure. */
import { UsageError } from '../../errors.ts'

/** The fields whose words are in the full-text index. */
export type SearchField = 'from' | 'to' | 'subject' | 'text'

/** Words that follow one another; the last one may be the beginning of a word. */
export interface Phrase {
  /** Undefined for any field. */
  readonly field?: SearchField | undefined
  readonly words: readonly string[]
}

/** The conditions that a message must meet, all of them. */
export interface MailFilter {
  readonly phrases?: readonly Phrase[]
  readonly hasAttachment?: boolean | undefined
  readonly seen?: boolean | undefined
  /** Received before this time. */
  readonly before?: Date | undefined
  /** Received at this time or later. */
  readonly after?: Date | undefined
  /** The address of a mailbox: messages to `alice+tag@` are in the mailbox of `alice@`. */
  readonly mailbox?: string | undefined
  /** The name of an account: messages in its mailboxes, which are NAME@ any domain. */
  readonly owner?: string | undefined
}

const TERM = /(?:(\w+):)?(?:"([^"]*)"|(\S+))/g
const FIELDS: readonly string[] = ['from', 'to', 'subject', 'text']
const MAX_QUERY_LENGTH = 1000

/**
 * Parses a query: words, `"phrases"`, `from:` `to:` `subject:` `text:` with a word or phrase, `has:attachment`, `is:seen`,
 * `is:unseen`, and `before:` `after:` with a date (`2026-11-28`, or with a time as in ISO 8601).
 *
 * @throws UsageError for an unknown field or an invalid date
 */
export function parseQuery(query: string): MailFilter {
  if (query.length > MAX_QUERY_LENGTH) throw new UsageError(`query is longer than ${MAX_QUERY_LENGTH} characters`)
  const phrases: Phrase[] = []
  const conditions: MailFilter = {}
  for (const [, name, quoted, plain = ''] of query.matchAll(TERM)) {
    const [field, value] = [name?.toLowerCase(), quoted ?? plain]
    const words = wordsOf(value)
    if (!isSearchField(field)) Object.assign(conditions, condition(field, value))
    else if (words.length > 0) phrases.push({ field, words })
  }
  return { ...conditions, phrases }
}

function isSearchField(field: string | undefined): field is SearchField | undefined {
  return field === undefined || FIELDS.includes(field)
}

function condition(field: string, value: string): MailFilter {
  switch (`${field}:${value.toLowerCase()}`) {
    case 'has:attachment':
      return { hasAttachment: true }
    case 'is:seen':
      return { seen: true }
    case 'is:unseen':
      return { seen: false }
  }
  if (field === 'before' || field === 'after') return { [field]: parseDate(field, value) }
  const known = 'from:, to:, subject:, text:, has:attachment, is:seen, is:unseen, before:, after:'
  throw new UsageError(`query: unknown condition "${field}:${value}". Use ${known}, or quote it`)
}

function parseDate(field: string, value: string): Date {
  const date = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.test(value) ? new Date(value) : undefined
  if (date && !Number.isNaN(date.getTime())) return date
  throw new UsageError(`query: ${field}:${value} is not a date such as 2026-11-28 or 2026-11-28T12:00:00Z`)
}

/** Splits text into the words that both full-text indexes see: letters and digits, in lower case. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}
