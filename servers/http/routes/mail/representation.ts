/** Messages as JSON. Pure. */

import { mailboxName, mailboxOwner } from '../../../../shared/store/mail/mailbox-name.ts'
import type { MailParameters, MessageSummary, RecipientParameters } from '../../../../shared/store/mail/message.ts'
import type { View } from '../../../../shared/store/mail/parse/jobs.ts'
import type { HeaderField, MailAddresses } from '../../../../shared/store/mail/parse/parsed-message.ts'

/** An entry of the list. */
export interface MailSummary {
  readonly id: string
  /** Sender and recipients of the envelope (MAIL and RCPT), which can differ from the header of the message. */
  readonly from: string
  readonly to: readonly string[]
  /** The From field, decoded. */
  readonly author: string
  readonly subject: string
  /** The time at which the server accepted the message. */
  readonly date: string
  /** Bytes of the message as its client sent it, before dot-stuffing and without the `Received` header of the server. */
  readonly size: number
  readonly seen: boolean
  /** Missing until the message is indexed. */
  readonly hasAttachments?: boolean | undefined
}

export interface DetailOptions {
  readonly owner: string | undefined
  readonly conversation?: string | undefined
  /** The path under which the messages are. Default: `/mail`. */
  readonly root?: string | undefined
}

/** One message in full. */
export interface MailDetail extends MailSummary {
  readonly text: string
  readonly html?: string | undefined
  readonly links: readonly string[]
  readonly addresses: MailAddresses
  readonly headers: readonly HeaderField[]
  readonly attachments: readonly MailAttachment[]
  /** The account that the client authenticated as. */
  readonly account?: string | undefined
  readonly parameters: MailParameters
  readonly recipientParameters: readonly RecipientParameters[]
  /** The SMTP session, a line for each command and reply. Missing for accounts: it names all recipients. */
  readonly conversation?: string | undefined
  /** Present if text, html or links were truncated. */
  readonly truncated?: true | undefined
  /** Present if only the header section could be parsed: the reason. */
  readonly problem?: string | undefined
}

interface MailAttachment {
  readonly name: string
  readonly type: string
  readonly size: number
  readonly cid?: string | undefined
  readonly inline: boolean
  /** The path of the content. */
  readonly path: string
}

/** @param owner the account that reads the message: it does not see the recipients of blind copies (RFC 5321, section 7.2) */
export function toSummary(message: MessageSummary, owner: string | undefined): MailSummary {
  const { id, envelope, from, subject, receivedAt, size, seen, hasAttachments } = message
  const to = owner === undefined ? envelope.to : envelope.to.filter(recipient => isOwn(recipient, owner))
  const date = receivedAt.toISOString()
  return { id, from: envelope.from, to, author: from, subject, date, size, seen, hasAttachments }
}

export function toDetail(
  message: MessageSummary,
  view: View,
  { owner, conversation, root = '/mail' }: DetailOptions,
): MailDetail {
  const { text, html, links, addresses, headers, attachments, truncated, problem } = view
  const forAccount = owner !== undefined
  return {
    ...toSummary(message, owner),
    text,
    html,
    links,
    addresses,
    headers,
    attachments: attachments.map(({ filename, type, size, cid, inline }, index) => ({
      name: filename,
      type,
      size,
      cid,
      inline,
      path: `${root}/${message.id}/attachments/${index}`,
    })),
    account: message.account,
    parameters: forAccount ? {} : message.parameters,
    recipientParameters: forAccount ? [] : message.recipientParameters,
    conversation: forAccount ? undefined : conversation,
    truncated: truncated || undefined,
    problem,
  }
}

/** True if the address is in a mailbox of the account. */
export function isOwn(recipient: string, owner: string): boolean {
  return mailboxOwner(mailboxName(recipient)) === owner
}
