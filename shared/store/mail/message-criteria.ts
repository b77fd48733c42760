/** What a program waits for: conditions on a message, and how a message differs from them. Pure. */
import type { MessageSummary } from './message.ts'

/**
 * Conditions that a message must meet, all of them. A string must be contained, for addresses in any case; a regular
 * expression must match.
 */
export interface MessageCriteria {
  /** The sender of the envelope, or the From field. */
  readonly from?: string | RegExp | undefined
  /** One of the recipients of the envelope. */
  readonly to?: string | RegExp | undefined
  readonly subject?: string | RegExp | undefined
  /** The plain text, or the text of the HTML if there is no plain text. */
  readonly text?: string | RegExp | undefined
}

/** The parts of a message that criteria concern. */
export type Candidate = Pick<MessageSummary, 'envelope' | 'from' | 'subject'> & {
  /** Needed only for criteria with `text`. */
  readonly text?: string | undefined
}

/** Characters of a value that an explanation quotes. */
const MAX_QUOTED_LENGTH = 80

/** Returns how the message differs from the criteria, one sentence for each; nothing if it meets all of them. */
export function findDifferences(message: Candidate, criteria: MessageCriteria): string[] {
  const { envelope, from, subject, text = '' } = message
  return [
    ...difference('from', [envelope.from, from], criteria.from, true),
    ...difference('to', envelope.to, criteria.to, true),
    ...difference('subject', [subject], criteria.subject),
    ...difference('text', [text], criteria.text),
  ]
}

function difference(
  name: string,
  values: readonly string[],
  expected: string | RegExp | undefined,
  ignoresCase = false,
): string[] {
  if (expected === undefined || values.some(value => matches(value, expected, ignoresCase))) return []
  const shown = values.map(quote).join(', ') || 'nothing'
  return [`${name} ${shown} does not ${describe(expected)}`]
}

function matches(value: string, expected: string | RegExp, ignoresCase: boolean): boolean {
  // `search` ignores the position that a regular expression with the flag `g` keeps.
  if (typeof expected !== 'string') return value.search(expected) >= 0
  return ignoresCase ? value.toLowerCase().includes(expected.toLowerCase()) : value.includes(expected)
}

function describe(expected: string | RegExp): string {
  return typeof expected === 'string' ? `contain ${JSON.stringify(expected)}` : `match ${expected}`
}

function quote(value: string): string {
  return JSON.stringify(value.length > MAX_QUOTED_LENGTH ? `${value.slice(0, MAX_QUOTED_LENGTH)}...` : value)
}

/** Describes the criteria in an error: `to "alice", subject /hi/`. */
export function describeCriteria(criteria: MessageCriteria): string {
  const parts = (['from', 'to', 'subject', 'text'] as const).flatMap(name => {
    const expected = criteria[name]
    return expected === undefined
      ? []
      : [`${name} ${typeof expected === 'string' ? JSON.stringify(expected) : expected}`]
  })
  return parts.length === 0 ? 'any message' : `a message with ${parts.join(', ')}`
}

/** Describes a message on one line. */
export function describeMessage({ envelope, subject }: Candidate): string {
  return `from <${envelope.from}> to ${envelope.to.map(address => `<${address}>`).join(', ')}, subject ${quote(subject)}`
}
