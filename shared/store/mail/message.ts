/** Messages as the store takes and returns them. Pure. */
import type { Selectable } from 'kysely'
import type { DeliveryRow, MessageRow } from '../schema.ts'

/** The SMTP envelope (RFC 5321, section 2.3.1): the sender and the recipients, which can differ from those in the header. */
export interface Envelope {
  /** The reverse-path without angle brackets, as the client sent it; `''` for a bounce's null reverse-path. */
  readonly from: string
  readonly to: readonly string[]
}

/** The parameters of MAIL that stay with a message. */
export interface MailParameters {
  /** RFC 6152. */
  readonly body?: '7BIT' | '8BITMIME' | undefined
  /** RFC 6531. */
  readonly smtputf8?: boolean | undefined
  /** RFC 3461, section 4.3: what a delivery status notification returns. */
  readonly ret?: 'FULL' | 'HDRS' | undefined
  /** RFC 3461, section 4.4: the sender's name for the message, decoded from xtext. */
  readonly envid?: string | undefined
  /** What the client signed in with, if the server accepts any credentials. */
  readonly credentials?: Credentials | undefined
}

export interface Credentials {
  readonly mechanism: string
  readonly user: string
  readonly password: string
}

/** The parameters of RCPT that stay with a recipient (RFC 3461). */
export interface RecipientParameters {
  readonly notify?: readonly string[] | undefined
  readonly orcpt?: string | undefined
}

/** A message to store. */
export interface NewMessage {
  readonly envelope: Envelope
  /** The message with our Received field in front. */
  readonly raw: Uint8Array
  /** Bytes as transferred, without dot-stuffing and without our Received field. Default: the length of `raw`. */
  readonly size?: number | undefined
  readonly account?: string | undefined
  readonly parameters?: MailParameters | undefined
  /** In the order of `envelope.to`. */
  readonly recipientParameters?: readonly RecipientParameters[] | undefined
  /** Returns the SMTP session as text, for the id that the message gets. */
  readonly transcript?: ((id: string) => string) | undefined
}

/** A message with the id that the store has given it. */
export interface IdentifiedMessage {
  readonly id: string
  readonly receivedAt: number
  readonly message: NewMessage
}

/** Returns the bytes of a message as it was transferred. */
export function sizeOf({ size, raw }: NewMessage): number {
  return size ?? raw.length
}

/** What lists show of a message. Computed once, when the message is accepted. */
export interface MessageSummary {
  readonly id: string
  readonly receivedAt: Date
  readonly envelope: Envelope
  /** Bytes as transferred, without dot-stuffing and without our Received field. */
  readonly size: number
  /** Decoded; `''` without a Subject field. */
  readonly subject: string
  /** The From field, decoded; `''` without one. */
  readonly from: string
  readonly seen: boolean
  /** Undefined until the message is indexed. */
  readonly hasAttachments?: boolean | undefined
  readonly account?: string | undefined
  readonly parameters: MailParameters
  readonly recipientParameters: readonly RecipientParameters[]
}

/** @internal */
export function toSummary(row: Selectable<MessageRow>, deliveries: readonly DeliveryRow[]): MessageSummary {
  return {
    id: row.id,
    receivedAt: new Date(row.received_at),
    envelope: { from: row.sender, to: deliveries.map(({ recipient }) => recipient) },
    size: row.size,
    subject: row.subject,
    from: row.author,
    seen: row.seen === 1,
    hasAttachments: row.has_attachments === null ? undefined : row.has_attachments === 1,
    account: row.account ?? undefined,
    parameters: JSON.parse(row.parameters) as MailParameters,
    recipientParameters: deliveries.map(({ parameters }) => JSON.parse(parameters) as RecipientParameters),
  }
}
