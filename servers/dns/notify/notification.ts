/** Notifies one secondary of one zone, with retries, until it has responded to the latest change (RFC 1996, section 3.6). */
import { randomInt } from 'node:crypto'
import type { Semaphore } from '../../../shared/async/semaphore.ts'
import { sendOverUdp } from '../../../shared/dns/resolver/send/udp.ts'
import { errorText } from '../../../shared/errors.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import type { Context } from '../../../shared/service.ts'
import type { Zone } from '../zone/zone.ts'
import { InterruptibleDelay } from './interruptible-delay.ts'
import { prepareNotify } from './notify-message.ts'
import type { Secondary } from './options.ts'

/** Delays before each retry. After about two minutes without a response, the notification fails. */
const RETRY_DELAYS_MS = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]
/** How long to wait for a response. */
const TIMEOUT_MS = 2000
/** The minimum time between two notifications. One NOTIFY covers all changes in between. */
const MIN_INTERVAL_MS = 500
const MAX_ID = 0x10000

export interface NotificationOptions {
  readonly secondary: Secondary
  /** The zone's name. */
  readonly origin: string
  /** The current version of the zone; undefined if it is no longer served. */
  readonly zone: () => Zone | undefined
  /** Bounds concurrent messages. */
  readonly semaphore: Semaphore
  readonly context: Pick<Context, 'log' | 'trace'>
  /** Seconds since 1970. */
  readonly now: () => number
  /** Called at the end; a later change needs another notification. */
  readonly onEnd: () => void
  /** Default: `RETRY_DELAYS_MS`. */
  readonly retryDelays?: readonly number[] | undefined
}

export class Notification {
  /** Resolves when the secondary has responded to the latest change, or after the last retry. Never rejects. */
  readonly finished: Promise<void>
  readonly #options: NotificationOptions
  readonly #abort = new AbortController()
  readonly #retryDelay = new InterruptibleDelay()
  readonly #interval = new InterruptibleDelay()
  #isPending = true

  constructor(options: NotificationOptions) {
    this.#options = options
    this.finished = this.#run()
  }

  /** Notifies of another change; sends a pending retry immediately. */
  zoneChanged(): void {
    this.#isPending = true
    this.#retryDelay.interrupt()
  }

  stop(): void {
    this.#abort.abort()
    this.#retryDelay.close()
    this.#interval.close()
  }

  async #run(): Promise<void> {
    while (this.#isPending && !this.#abort.signal.aborted) {
      this.#isPending = false
      await this.#notify()
      await this.#interval.wait(MIN_INTERVAL_MS)
    }
    this.#options.onEnd()
  }

  async #notify(): Promise<void> {
    let reason = ''
    for (const delay of this.#options.retryDelays ?? RETRY_DELAYS_MS) {
      const result = (await this.#options.semaphore.run(() => this.#send())) ?? 'too many notifications are pending'
      if (result === 'notified') return
      reason = result
      // Do not delay the notification of a change that happened in the meantime.
      if (!this.#isPending) await this.#retryDelay.wait(delay)
      if (this.#isPending || this.#abort.signal.aborted) return
    }
    this.#warn(reason, 'dns: secondary not notified of a change')
  }

  /** Returns `notified`, or why the secondary was not notified. */
  async #send(): Promise<string> {
    const { zone: current, secondary, now, context } = this.#options
    const zone = current()
    if (!zone || this.#abort.signal.aborted) return 'notified'
    const message = prepareNotify(zone, secondary.key, randomInt(MAX_ID), now())
    const udp = { trace: context.trace, signal: this.#abort.signal, timeout: TIMEOUT_MS, tries: 1 }
    try {
      const received = await sendOverUdp(secondary, message, udp)
      if (!received) return 'the signature of the response is missing or invalid'
      const { rcode } = received.message
      if (rcode !== 'NOERROR') this.#warn(rcode, 'dns: secondary rejected NOTIFY')
      return 'notified'
    } catch (error) {
      return errorText(error)
    }
  }

  #warn(reason: string, message: string): void {
    const { secondary, origin, context } = this.#options
    context.log.warn({ to: formatAuthority(secondary.host, secondary.port), zone: origin, reason }, message)
  }
}
