/**
 * Where accepted mail goes: SMTP adds, HTTP lists. The interface is small on purpose, so that another store (a file, a
 * database) can take the place of the one in memory.
 */
import { randomUUID } from 'node:crypto'

/** The SMTP envelope (RFC 5321, section 2.3.1): who really sent it, who really gets it. */
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
  /** The message as it came (RFC 5322), dots unstuffed. */
  readonly raw: Uint8Array
}

/** A place for accepted mail. */
export interface Mailbox {
  /** Keeps a message; resolves once it is safe to tell the sender so. Throws MailboxFullError past the bound. */
  add(mail: Pick<StoredMail, 'envelope' | 'raw'>): Promise<StoredMail>
  /** All messages, oldest first. */
  list(): Promise<readonly StoredMail[]>
  get(id: string): Promise<StoredMail | undefined>
  /** Removes all messages. */
  clear(): Promise<void>
}

/** No room for the message: SMTP's 452. */
export class MailboxFullError extends Error {
  override readonly name = 'MailboxFullError'
}

/** What a mailbox holds at most. */
export interface MailboxBounds {
  readonly maxMessages: number
  readonly maxBytes: number
}

const DEFAULT_BOUNDS: MailboxBounds = { maxMessages: 10_000, maxBytes: 256 * 1024 * 1024 }

/** A mailbox in memory: gone when the suite closes. */
export class MemoryMailbox implements Mailbox {
  readonly #mails = new Map<string, StoredMail>()
  readonly #bounds: MailboxBounds
  #bytes = 0

  constructor(bounds: MailboxBounds = DEFAULT_BOUNDS) {
    this.#bounds = bounds
  }

  async add({ envelope, raw }: Pick<StoredMail, 'envelope' | 'raw'>): Promise<StoredMail> {
    const { maxMessages, maxBytes } = this.#bounds
    if (this.#mails.size >= maxMessages || this.#bytes + raw.length > maxBytes) {
      throw new MailboxFullError(`the mailbox is full (${this.#mails.size} messages, ${this.#bytes} bytes)`)
    }
    const mail: StoredMail = { id: randomUUID(), receivedAt: new Date(), envelope, raw }
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
