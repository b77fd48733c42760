/**
 * The tables of the store, the same on SQLite and PostgreSQL: times are milliseconds since 1970, booleans are 0 or 1, lists
 * and objects are JSON text, and ids sort by time (UUID version 7, RFC 9562).
 */
import type { Generated } from 'kysely'

export interface Schema {
  readonly accounts: AccountRow
  readonly messages: MessageRow
  readonly contents: ContentRow
  readonly deliveries: DeliveryRow
  readonly mailboxes: MailboxRow
  readonly sessions: SessionRow
  readonly submission_tokens: SubmissionTokenRow
  readonly notices: NoticeRow
}

export interface AccountRow {
  /** Lower case. */
  readonly name: string
  /** The hash of `password.ts`. */
  readonly password: string
  /** Folders of the file tree, as JSON: `["/"]`. */
  readonly read_paths: string
  readonly write_paths: string
  /** null for those of `write_paths`. */
  readonly delete_paths: string | null
  /** Bytes of mail that the account's mailboxes may hold; null for the server's default. */
  readonly quota: number | null
  /** Bytes of the files in the folders that the account may write; null for no limit. */
  readonly file_quota: number | null
  readonly created_at: number
}

/** One accepted message, without its content: lists read only this table. */
export interface MessageRow {
  /** Grows by arrival; the order of lists and the position of cursors. */
  readonly seq: Generated<number>
  readonly id: string
  readonly received_at: number
  /** The reverse-path as the client sent it; `''` for the null reverse-path. */
  readonly sender: string
  /** Bytes as transferred, without dot-stuffing and without our Received field. */
  readonly size: number
  readonly subject: string
  /** The From field, decoded. */
  readonly author: string
  /** 1 if the message has attachments; null until the message is indexed. */
  readonly has_attachments: number | null
  readonly seen: number
  readonly indexed: number
  /** The account that the client authenticated as; null without AUTH. */
  readonly account: string | null
  /** `MailParameters` as JSON. */
  readonly parameters: string
}

export interface ContentRow {
  readonly message_id: string
  /** The message with our Received field in front. */
  readonly raw: Uint8Array
  /** The SMTP session as text, one line for each command and reply. */
  readonly transcript: string
}

/** What a mailbox holds, kept up to date so that quotas need no count. */
export interface MailboxRow {
  readonly name: string
  readonly messages: number
  readonly bytes: number
}

/** One accepted recipient of a message. */
export interface DeliveryRow {
  readonly message_id: string
  readonly position: number
  /** The forward-path as the client sent it. */
  readonly recipient: string
  /** The mailbox it belongs to: lower case, without a tag (`alice+tag@` is `alice@`). */
  readonly mailbox: string
  /** DSN parameters of the recipient as JSON. */
  readonly parameters: string
}

/** A browser or program that has signed in to the application. */
export interface SessionRow {
  /** Names the session in lists; it does not authenticate. */
  readonly id: string
  /** SHA-256 of the token, in hexadecimal: a reader of the database cannot use the sessions. */
  readonly token_hash: string
  readonly account: string
  /** `created_at` of the account: an account that was removed and added again is another one. */
  readonly account_created_at: number
  readonly created_at: number
  readonly seen_at: number
  readonly expires_at: number
  readonly address: string
  readonly user_agent: string
}

/** Lets the application submit one message over SMTP for a signed-in account. */
export interface SubmissionTokenRow {
  readonly token_hash: string
  readonly account: string
  readonly account_created_at: number
  readonly expires_at: number
}

/** One notice of the notice board. */
export interface NoticeRow {
  readonly id: string
  readonly author: string
  readonly text: string
  readonly created_at: number
  /** null if it was never edited */
  readonly edited_at: number | null
}
