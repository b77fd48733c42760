/** The mailbox: SMTP adds accepted mail, HTTP lists it. */
import { randomUUID } from 'node:crypto'

/** The SMTP envelope (RFC 5321, section 2.3.1): the sender and the recipients, which can differ from those in the header. */
export interface Envelope {
  /** The reverse-path without angle brackets; `''` for a bounce's null reverse-path. */
  readonly from: string
  readonly to: readonly string[]
}

/** One accepted message. */
export interface StoredMail {
  readonly id: string
  readonly receivedAt: Date
  readonly envelope: Envelope
  /** The message (RFC 5322) as received, without dot-stuffing, after the `Received` header that the server added. */
  readonly raw: Uint8Array
  /** Bytes of the message as the client sent it, before dot-stuffing: without the `Received` header that the server added. */
  readonly size: number
}

/** A message to add. */
export interface NewMail {
  readonly envelope: Envelope
  readonly raw: Uint8Array
  /** Default: the length of `raw`. */
  readonly size?: number | undefined
}

/** Stores accepted mail. */
export interface Mailbox {
  /**
   * Stores a message. After it has resolved, the server may accept responsibility for the message.
   *
   * @throws MailboxFullError if there is no room for the message
   */
  add(mail: NewMail): Promise<StoredMail>
  /** All messages, oldest first. */
  list(): Promise<readonly StoredMail[]>
  get(id: string): Promise<StoredMail | undefined>
  /** Removes all messages. */
  clear(): Promise<void>
}

/** The mailbox has no room for the message; SMTP replies 452. */
export class MailboxFullError extends Error {
  override readonly name = 'MailboxFullError'
}

export interface MailboxBounds {
  readonly maxMessages: number
  readonly maxBytes: number
}

const DEFAULT_BOUNDS: MailboxBounds = { maxMessages: 10_000, maxBytes: 256 * 1024 * 1024 }

/** A mailbox in memory. */
export class MemoryMailbox implements Mailbox {
  readonly #mails = new Map<string, StoredMail>()
  readonly #bounds: MailboxBounds
  #bytes = 0

  constructor(bounds: MailboxBounds = DEFAULT_BOUNDS) {
    this.#bounds = bounds
  }

  async add({ envelope, raw, size = raw.length }: NewMail): Promise<StoredMail> {
    const { maxMessages, maxBytes } = this.#bounds
    if (this.#mails.size >= maxMessages || this.#bytes + raw.length > maxBytes) {
      throw new MailboxFullError(`the mailbox is full (${this.#mails.size} messages, ${this.#bytes} bytes)`)
    }
    const mail: StoredMail = { id: randomUUID(), receivedAt: new Date(), envelope, raw, size }
    this.#mails.set(mail.id, mail)
    this.#bytes += raw.length
    return mail
  }

  async list(): Promise<readonly StoredMail[]> {
    return [...this.#mails.values()]
  }

  async get(id: string): Promise<StoredMail | undefined> {
    return this.#mails.get(id)
  }

  async clear(): Promise<void> {
    this.#mails.clear()
    this.#bytes = 0
  }
}
