/**
 * Notifies secondaries of changed zones (NOTIFY, RFC 1996), so that they transfer them at once: when the server starts and after
 * every change. Repeats a NOTIFY without a response, and combines changes in fast succession.
 */
import { Semaphore } from '../../../shared/async/semaphore.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import type { ZoneStore } from '../store/zone-store.ts'
import { Notification, type NotificationOptions } from './notification.ts'
import type { Secondary } from './options.ts'

/** Concurrent messages, each with its own socket. */
const MAX_CONCURRENT = 32
/** Some hundred bytes each; one more is retried later, like a message without a response. */
const MAX_QUEUED = 100_000

export interface NotifierOptions extends Pick<NotificationOptions, 'context' | 'now' | 'retryDelays'> {
  readonly secondaries: readonly Secondary[]
  readonly store: Pick<ZoneStore, 'zones' | 'onChange'>
}

export class Notifier {
  readonly #parts: NotifierOptions
  readonly #semaphore = new Semaphore({ concurrency: MAX_CONCURRENT, maxQueued: MAX_QUEUED })
  /** By secondary and zone. */
  readonly #notifications = new Map<string, Notification>()
  #unsubscribe: () => void = () => {}

  constructor(parts: NotifierOptions) {
    this.#parts = parts
  }

  /** Notifies of all zones now, and of every change from now on. */
  start(): void {
    const { store, secondaries } = this.#parts
    if (secondaries.length === 0) return
    this.#unsubscribe = store.onChange(({ origin }) => this.#changed(origin))
    for (const origin of store.zones.keys()) this.#changed(origin)
  }

  /** Stops notifying; resolves when no message is pending. */
  async close(): Promise<void> {
    this.#unsubscribe()
    const notifications = [...this.#notifications.values()]
    for (const notification of notifications) notification.stop()
    await Promise.all(notifications.map(({ finished }) => finished))
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
    const { store, context, now, retryDelays } = this.#parts
    const zone = () => store.zones.get(origin)
    const onEnd = () => this.#notifications.delete(name)
    const notification = new Notification({
      secondary,
      origin,
      zone,
      semaphore: this.#semaphore,
      context,
      now,
      onEnd,
      retryDelays,
    })
    this.#notifications.set(name, notification)
  }
}
