/** The answer to a message: its recipient, subject, quoted text, and the fields that join the two (RFC 5322, section 3.6.4). Pure. */
import type { HeaderField } from '../../../../../shared/store/mail/parse/parsed-message.ts'
import type { ReadMessage } from '../mailbox.ts'
import { formatRecipient, isAddress } from './recipients.ts'

/** Characters of the text that are quoted. */
const MAX_QUOTED_LENGTH = 20_000
/** Message-IDs in References: the first one, which begins the thread, and the last ones. */
const MAX_REFERENCES = 20
const MESSAGE_ID = /<[^\s<>]{1,250}>/g

export interface ReplyDraft {
  readonly to: string
  readonly subject: string
  readonly text: string
}

export function draftReply({ message, view }: ReadMessage): ReplyDraft {
  const { from, replyTo } = view.addresses
  const recipients = (replyTo.length > 0 ? replyTo : from).filter(({ address }) => isAddress(address))
  const sender = message.envelope.from
  const to = recipients.length > 0 ? recipients.map(formatRecipient).join(', ') : isAddress(sender) ? sender : ''
  const time = message.receivedAt.toISOString().slice(0, 16).replace('T', ' ')
  const author = message.from || sender || 'somebody'
  return {
    to,
    subject: replySubject(message.subject),
    text: `\n\nOn ${time} UTC, ${author} wrote:\n${quote(view.text)}`,
  }
}

/** Adds `Re: ` if the subject does not begin with it. */
export function replySubject(subject: string): string {
  const line = subject.replace(/\p{Cc}/gu, ' ').trim()
  return /^re:/i.test(line) ? line : `Re: ${line}`
}

function quote(text: string): string {
  const lines = text.slice(0, MAX_QUOTED_LENGTH).split(/\r\n|\r|\n/)
  return lines.map(line => (line.startsWith('>') ? `>${line}` : `> ${line}`)).join('\n')
}

export interface Thread {
  readonly inReplyTo?: string
  readonly references?: string[]
}

/** Returns the fields of an answer to the message with these fields. */
export function threadOf(headers: readonly HeaderField[]): Thread {
  const id = messageIds(headers, 'message-id')[0]
  if (id === undefined) return {}
  const references = messageIds(headers, 'references')
  const earlier = references.length > 0 ? references : messageIds(headers, 'in-reply-to').slice(0, 1)
  const all = [...earlier, id]
  const kept = all.length > MAX_REFERENCES ? [...all.slice(0, 1), ...all.slice(1 - MAX_REFERENCES)] : all
  return { inReplyTo: id, references: kept }
}

function messageIds(headers: readonly HeaderField[], name: string): string[] {
  const value = headers.find(field => field.name.toLowerCase() === name)?.value ?? ''
  return value.match(MESSAGE_ID) ?? []
}
