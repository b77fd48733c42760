/**
 * Tells secondaries that a zone has changed (NOTIFY, RFC 1996), so that they fetch it at once: after every change and when
 * the server starts; again where no response comes; once for many changes that come fast.
 */

import { Semaphore } from '../../../shared/async/semaphore.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import type { ZoneStore } from '../store/zone-store.ts'
import type { Secondary } from '../trust/trust.ts'
import { Notification, type NotificationOptions } from './notification.ts'

/** Messages under way at once, each with a socket of its own; the others wait for their turn. */
const MAX_UNDER_WAY = 32
/** Some hundred bytes each; what is beyond them is tried again later, as what nobody answers is. */
const MAX_WAITING = 100_000

export interface NotifierOptions extends Pick<NotificationOptions, 'context' | 'now' | 'retryDelays'> {
  readonly secondaries: readonly Secondary[]
  readonly served: Pick<ZoneStore, 'zones' | 'onChange'>
}

export class Notifier {
  readonly #parts: NotifierOptions
  readonly #semaphore = new Semaphore({ concurrency: MAX_UNDER_WAY, maxQueued: MAX_WAITING })
  /** By secondary and zone. */
  readonly #notifications = new Map<string, Notification>()
  #unsubscribe: () => void = () => {}

  constructor(parts: NotifierOptions) {
    this.#parts = parts
  }

  /** Tells of all zones now, and of every change from now on. */
  start(): void {
    const { served, secondaries } = this.#parts
    if (secondaries.length === 0) return
    this.#unsubscribe = served.onChange(({ origin }) => this.#changed(origin))
    for (const origin of served.zones.keys()) this.#changed(origin)
  }

  /** Tells nobody any more; resolves once nothing is under way. */
  async close(): Promise<void> {
    this.#unsubscribe()
    const notices = [...this.#notifications.values()]
    for (const notice of notices) notice.stop()
    await Promise.all(notices.map(({ finished: over }) => over))
  }

  #changed(origin: string): void {
    for (const secondary of this.#parts.secondaries) {
      const name = `${formatAuthority(secondary.host, secondary.port)} ${origin}`
      const known = this.#notifications.get(name)
      if (known) known.zoneChanged()
      else this.#begin(name, secondary, origin)
    }
  }

  #begin(name: string, secondary: Secondary, origin: string): void {
    const { served, context, now, retryDelays } = this.#parts
    const zone = () => served.zones.get(origin)
    const ended = () => this.#notifications.delete(name)
    const notice = new Notification({
      secondary,
      origin,
      zone,
      semaphore: this.#semaphore,
      context,
      now,
      onEnd: ended,
      retryDelays,
    })
    this.#notifications.set(name, notice)
  }
}
