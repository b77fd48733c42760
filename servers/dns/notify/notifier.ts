/**
 * Notifies secondaries of changed zones (NOTIFY, RFC 1996), so that they transfer them immediately: when the server starts and
 * after every change. Retries without a response, and combines changes in fast succession.
 */
import { Semaphore } from '../../../shared/async/semaphore.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import type { ZoneStore } from '../store/zone-store.ts'
import { Notification, type NotificationOptions } from './notification.ts'
import type { Secondary } from './options.ts'

/** Concurrent messages, each with its own socket. */
const MAX_CONCURRENT = 32
/** Each takes a few hundred bytes. One more is retried later, like a message without a response. */
const MAX_QUEUED = 100_000

export interface NotifierOptions extends Pick<NotificationOptions, 'context' | 'now' | 'retryDelays'> {
  readonly secondaries: readonly Secondary[]
  readonly store: Pick<ZoneStore, 'zones' | 'onChange'>
}

export class Notifier {
  readonly #options: NotifierOptions
  readonly #semaphore = new Semaphore({ concurrency: MAX_CONCURRENT, maxQueued: MAX_QUEUED })
  /** By secondary and zone. */
  readonly #notifications = new Map<string, Notification>()
  #unsubscribe: () => void = () => {}

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  /** Notifies the secondaries of all zones now, and of every later change. */
  start(): void {
    const { store, secondaries } = this.#options
    if (secondaries.length === 0) return
    this.#unsubscribe = store.onChange(({ origin }) => this.#notify(origin))
    for (const origin of store.zones.keys()) this.#notify(origin)
  }

  /** Stops notifying; resolves when no message is pending. */
  async close(): Promise<void> {
    this.#unsubscribe()
    const notifications = [...this.#notifications.values()]
    for (const notification of notifications) notification.stop()
    await Promise.all(notifications.map(({ finished }) => finished))
  }

  #notify(origin: string): void {
    for (const secondary of this.#options.secondaries) {
      const name = `${formatAuthority(secondary.host, secondary.port)} ${origin}`
      const running = this.#notifications.get(name)
      if (running) running.zoneChanged()
      else this.#start(name, secondary, origin)
    }
  }

  #start(name: string, secondary: Secondary, origin: string): void {
    const { store, context, now, retryDelays } = this.#options
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
