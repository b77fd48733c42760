/** Messages as text for a terminal. Pure. */
import { formatBytes } from '../../shared/format-bytes.ts'
import type { MailDetail, MailSummary } from './mailbox.ts'

/** One line for each message; `*` marks those that were not seen. */
export function formatList(messages: readonly MailSummary[]): string {
  return messages.map(formatSummary).join('\n')
}

function formatSummary({ id, seen, date, from, to, subject }: MailSummary): string {
  const time = date.slice(0, 19).replace('T', ' ')
  return `${seen ? ' ' : '*'} ${id}  ${time}  <${from}> to ${to.map(address => `<${address}>`).join(', ')}  ${oneLine(subject)}`
}

/** @param withConversation true adds the SMTP session */
export function formatMessage(message: MailDetail, withConversation: boolean): string {
  const { id, date, author, from, to, subject, attachments, problem, text, conversation = '' } = message
  const fields = [
    ['Id', id],
    ['Date', date],
    ['From', oneLine(author || `<${from}>`)],
    ['To', to.join(', ')],
    ['Subject', oneLine(subject)],
    ...attachments.map(({ name, type, size }) => ['Attached', `${oneLine(name)} (${type}, ${formatBytes(size)})`]),
    ...(problem === undefined ? [] : [['Problem', problem]]),
  ]
  const head = fields.map(([name, value]) => `${`${name}:`.padEnd(10)}${value}`).join('\n')
  return `${head}\n\n${printable(text)}\n${withConversation ? `\n${printable(conversation)}` : ''}`
}

/** Control characters of a message could move the cursor of a terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '')
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ')
}
