/** The words of a message in the full-text index. Pure. */
import { wordsOf } from '../mail-filter.ts'
import type { Envelope } from '../message.ts'
import type { MailAddress, ParsedContent, ParsedHeader } from '../parse/parsed-message.ts'

/** Words as `wordsOf` splits them, joined by spaces. */
export interface SearchEntry {
  readonly subject: string
  /** Of the envelope and of the From field. */
  readonly sender: string
  /** Of the envelope and of the To and Cc fields. */
  readonly recipients: string
  readonly body: string
  readonly hasAttachments: boolean
}

/** Characters of each field that are indexed. PostgreSQL limits all words of a message to 1 MiB. */
const MAX_LENGTHS = { subject: 16 * 1024, sender: 16 * 1024, recipients: 40 * 1024, body: 128 * 1024 }

export function searchEntry(
  envelope: Envelope,
  header: ParsedHeader,
  content: Pick<ParsedContent, 'text' | 'attachments'> = { text: '', attachments: [] },
): SearchEntry {
  const { from, to, cc } = header.addresses
  const subject = header.headers.find(({ name }) => name.toLowerCase() === 'subject')?.value ?? ''
  return {
    subject: normalize(subject, MAX_LENGTHS.subject),
    sender: normalize([envelope.from, ...from.map(describe)].join(' '), MAX_LENGTHS.sender),
    recipients: normalize([...envelope.to, ...[...to, ...cc].map(describe)].join(' '), MAX_LENGTHS.recipients),
    body: normalize(content.text, MAX_LENGTHS.body),
    hasAttachments: content.attachments.some(({ inline }) => !inline),
  }
}

function describe({ name, address }: MailAddress): string {
  return `${name} ${address}`
}

function normalize(text: string, maxLength: number): string {
  return wordsOf(text.slice(0, maxLength)).join(' ')
}
