/** The mail of a suite, for programs and tests: `suite.mail`. */
import { errorText } from '../../errors.ts'
import type { Store } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { type MailFilter, parseQuery } from './mail-filter.ts'
import type { MailStore } from './mail-store.ts'
import { MailTimeoutError, type UnmatchedMessage } from './mail-timeout-error.ts'
import type { MessageSummary } from './message.ts'
import { describeCriteria, findDifferences, type MessageCriteria } from './message-criteria.ts'
import type { Attachment, ParsedMessage } from './parse/parsed-message.ts'

/** A message in full. */
export interface Message extends MessageSummary, ParsedMessage {
  /** The attachments that the HTML shows in place. They are among `attachments` too. */
  readonly inlineImages: readonly Attachment[]
  /** The SMTP session that transferred the message: a line for each command (`C: `) and reply (`S: `). */
  readonly conversation: string
}

export interface WaitOptions {
  /** Milliseconds. Default: 4000, which is less than most test runners give a test. */
  readonly timeout?: number | undefined
}

const DEFAULT_TIMEOUT_MS = 4000
/** Messages that one query of `list` reads. */
const PAGE_SIZE = 1000
/** Messages that a timed-out wait remembers for its error. */
const MAX_UNMATCHED = 1000

/** Nothing here keeps the process running. */
export class Mail implements AsyncIterable<Message> {
  readonly #store: Pick<Store, 'open'>

  /** @param store opened by the first call */
  constructor(store: Pick<Store, 'open'>) {
    this.#store = store
  }

  /**
   * Waits for a message. Resolves with the first one that meets the criteria, also if it is there already.
   *
   * @throws MailTimeoutError if none arrives in time; its message lists those that arrived, and how each differs
   * @throws StoreError with code `closed` if the suite closes meanwhile
   */
  async waitFor({ timeout = DEFAULT_TIMEOUT_MS, ...criteria }: MessageCriteria & WaitOptions): Promise<Message> {
    const unmatched: UnmatchedMessage[] = []
    const expected = describeCriteria(criteria)
    for await (const summary of this.#arrivals(timeout, expected, unmatched)) {
      const text = criteria.text === undefined ? undefined : (await (await this.#mail()).view(summary.id))?.text
      const differences = findDifferences({ ...summary, text }, criteria)
      const message = differences.length === 0 ? await this.get(summary.id) : undefined
      if (message) return message
      if (unmatched.length >= MAX_UNMATCHED) unmatched.shift()
      unmatched.push({ ...summary, differences })
    }
    throw new StoreError('closed', `the suite was closed while a program waited for ${expected}`)
  }

  /**
   * Waits until there are at least so many messages, and resolves with them, oldest first.
   *
   * @throws MailTimeoutError if fewer arrive in time
   * @throws StoreError with code `closed` if the suite closes meanwhile
   */
  async waitForCount(
    count: number,
    { timeout = DEFAULT_TIMEOUT_MS }: WaitOptions = {},
  ): Promise<readonly MessageSummary[]> {
    const messages: (MessageSummary & UnmatchedMessage)[] = []
    const expected = `${count} messages`
    if (count <= 0) return messages
    for await (const summary of this.#arrivals(timeout, expected, messages)) {
      messages.push({ ...summary, differences: [] })
      if (messages.length >= count) return messages.map(({ differences: _, ...message }) => message)
    }
    throw new StoreError('closed', `the suite was closed while a program waited for ${expected}`)
  }

  /**
   * Lists the messages that meet the conditions, oldest first.
   *
   * @param filter conditions, or a query such as `from:ann subject:"two words" has:attachment`
   * @throws UsageError if the query has an unknown condition
   */
  async list(filter: MailFilter | string = {}): Promise<readonly MessageSummary[]> {
    const mail = await this.#mail()
    const conditions = typeof filter === 'string' ? parseQuery(filter) : filter
    const messages: MessageSummary[] = []
    let cursor: string | undefined
    do {
      const page = await mail.list({ filter: conditions, limit: PAGE_SIZE, cursor })
      messages.push(...page.messages)
      cursor = page.next
    } while (cursor !== undefined)
    return messages.reverse()
  }

  /** Returns a message parsed, with the contents of its attachments; undefined if it does not exist. */
  async get(id: string): Promise<Message | undefined> {
    const mail = await this.#mail()
    const [summary, view, conversation] = await Promise.all([
      mail.get(id),
      mail.view(id, { withContents: true }),
      mail.transcript(id),
    ])
    if (!summary || !view) return undefined
    const attachments = view.attachments.map(({ content = new Uint8Array(), ...part }) => ({ ...part, content }))
    const inlineImages = attachments.filter(({ inline }) => inline)
    return { ...summary, ...view, attachments, inlineImages, conversation: conversation ?? '' }
  }

  /** Returns the bytes of a message, with the Received field of the server in front. */
  async raw(id: string): Promise<Uint8Array | undefined> {
    return (await this.#mail()).raw(id)
  }

  /** Deletes a message; returns false if it does not exist. */
  async delete(id: string): Promise<boolean> {
    return (await this.#mail()).delete(id)
  }

  /** Deletes all messages; returns how many there were. */
  async clear(): Promise<number> {
    return (await this.#mail()).clear()
  }

  /**
   * Calls the listener for each message that arrives from now on. An exception of the listener becomes a warning of the
   * process.
   *
   * @returns a function that removes the listener
   */
  on(_event: 'message', listener: (message: MessageSummary) => void): () => void {
    const stopped = new AbortController()
    void this.#emit(listener, stopped.signal)
    return () => stopped.abort()
  }

  /** Iterates over the messages, oldest first, and waits for further ones. Ends when the suite closes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    const mail = await this.#mail()
    try {
      for await (const group of mail.follow({ after: '' })) {
        for (const { id } of group) {
          const message = await this.get(id)
          if (message) yield message
        }
      }
    } catch (error) {
      if (!isClosed(error)) throw error
    }
  }

  async #emit(listener: (message: MessageSummary) => void, signal: AbortSignal): Promise<void> {
    try {
      const mail = await this.#mail()
      for await (const group of mail.follow({ after: mail.now(), signal })) {
        for (const message of group) {
          if (signal.aborted) return
          callListener(listener, message)
        }
      }
    } catch (error) {
      if (!signal.aborted && !isClosed(error)) process.emitWarning(`suite.mail stops emitting: ${errorText(error)}`)
    }
  }

  /** Yields the messages that are there and those that arrive in time. Ends when the suite closes. */
  async *#arrivals(
    timeout: number,
    expected: string,
    arrived: readonly UnmatchedMessage[],
  ): AsyncGenerator<MessageSummary> {
    const signal = AbortSignal.timeout(timeout)
    const mail = await this.#mail()
    try {
      for await (const group of mail.follow({ after: '', signal })) yield* group
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw new MailTimeoutError(expected, timeout, arrived)
      if (!isClosed(error)) throw error
    }
  }

  async #mail(): Promise<MailStore> {
    return (await this.#store.open()).mail
  }
}

function callListener(listener: (message: MessageSummary) => void, message: MessageSummary): void {
  try {
    listener(message)
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'closed'
}
