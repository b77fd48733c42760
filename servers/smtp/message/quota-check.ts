/** Refuses recipients whose mailbox is full (RFC 5321, section 4.5.3.1.10; RFC 3463: 4.2.2). */
import { mailboxName } from '../../../shared/store/mail/mailbox-name.ts'
import type { OpenStore } from '../../../shared/store/store.ts'
import { MAILBOX_FULL, type Reply } from '../replies.ts'

/** Milliseconds that the use of a mailbox is cached: a session that sends much must not query the database for each message. */
const MAX_AGE_MS = 1000
/** Mailboxes whose use is cached. */
const MAX_CACHED = 10_000

interface Usage {
  readonly bytes: number
  readonly quota: number
  readonly at: number
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
  check(address: string, size: number): Promise<Reply | undefined> | Reply | undefined {
    const name = mailboxName(address)
    const cached = this.#cache.get(name)
    if (cached && performance.now() - cached.at < MAX_AGE_MS) return decide(cached, size)
    return this.#load(name).then(usage => decide(usage, size))
  }

  async #load(name: string): Promise<Usage> {
    const account = await this.#store.accounts.get(name.slice(0, Math.max(name.lastIndexOf('@'), 0)) || name)
    const { bytes } = await this.#store.mail.usage(name)
    const usage = { bytes, quota: account?.quota ?? this.#defaultQuota, at: performance.now() }
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear()
    this.#cache.set(name, usage)
    return usage
  }
}

function decide({ bytes, quota }: Usage, size: number): Reply | undefined {
  return bytes + size > quota ? MAILBOX_FULL : undefined
}
