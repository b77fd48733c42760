/** Refuses mail for mailboxes that are full (RFC 5321, section 4.5.3.1.10; RFC 3463: 4.2.2). */
import { mailboxName } from '../../../shared/store/mail/mailbox-name.ts'
import type { OpenStore } from '../../../shared/store/store.ts'
import type { Conversation } from '../../../shared/trace/conversation.ts'
import { MAILBOX_FULL, type Reply } from '../replies.ts'

/**
 * Milliseconds that the use and the quota of a mailbox are cached: a query for each message would wait for the message before it
 * to be committed. Mail that other processes store is counted after that time, and a lower quota applies after it; a higher
 * one applies at once.
 */
const MAX_AGE_MS = 1000
/** Mailboxes whose use is cached. */
const MAX_CACHED = 10_000

/** The conversation that causes the queries. */
type Causing = Pick<Conversation, 'runAsCause'>

interface Usage {
  readonly quota: number
  readonly loadedAt: number
  bytes: number
}

export class QuotaCheck {
  readonly #store: Pick<OpenStore, 'accounts' | 'mail'>
  readonly #defaultQuota: number
  readonly #cache = new Map<string, Usage>()

  constructor(store: Pick<OpenStore, 'accounts' | 'mail'>, defaultQuota: number) {
    this.#store = store
    this.#defaultQuota = defaultQuota
  }

  /** Returns the reply that refuses a recipient; undefined if there is room for a message of the declared size. */
  check(address: string, size: number, cause: Causing): Promise<Reply | undefined> | undefined {
    const name = mailboxName(address)
    const cached = this.#cached(name)
    if (cached && hasRoom(cached, size)) return undefined
    return this.#load(name, cause).then(usage => (hasRoom(usage, size) ? undefined : MAILBOX_FULL))
  }

  /** Returns the reply that refuses a message of this size; undefined if there is room in all mailboxes, which is then used. */
  async admit(addresses: readonly string[], size: number, cause: Causing): Promise<Reply | undefined> {
    const names = new Set(addresses.map(mailboxName))
    for (const name of names) {
      const cached = this.#cached(name)
      if (!cached || !hasRoom(cached, size)) await this.#load(name, cause)
    }
    const usages: Usage[] = []
    for (const name of names) {
      const usage = this.#cache.get(name)
      if (usage && !hasRoom(usage, size)) return MAILBOX_FULL
      if (usage) usages.push(usage)
    }
    for (const usage of usages) usage.bytes += size
    return undefined
  }

  #cached(name: string): Usage | undefined {
    const usage = this.#cache.get(name)
    return usage && performance.now() - usage.loadedAt < MAX_AGE_MS ? usage : undefined
  }

  async #load(name: string, cause: Causing): Promise<Usage> {
    const at = name.lastIndexOf('@')
    const [account, { bytes }] = await cause.runAsCause(() =>
      Promise.all([this.#store.accounts.get(at < 0 ? name : name.slice(0, at)), this.#store.mail.usage(name)]),
    )
    const usage = { bytes, quota: account?.quota ?? this.#defaultQuota, loadedAt: performance.now() }
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear()
    this.#cache.set(name, usage)
    return usage
  }
}

function hasRoom({ bytes, quota }: Usage, size: number): boolean {
  return bytes < quota && bytes + size <= quota
}
