/** Notifies one secondary of one zone until it has responded to the latest change (RFC 1996, section 3.6). */
import { randomInt } from 'node:crypto'
import type { Semaphore } from '../../../shared/async/semaphore.ts'
import { sendOverUdp } from '../../../shared/dns/resolver/udp.ts'
import { errorText } from '../../../shared/errors.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import type { Context } from '../../../shared/service.ts'
import type { Zone } from '../zone/zone.ts'
import { InterruptibleDelay } from './interruptible-delay.ts'
import { prepareNotify } from './notify-message.ts'
import type { Secondary } from './options.ts'

/** Milliseconds before each retry; a secondary without a response is given up after about two minutes. */
const RETRY_DELAYS_MS = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]
/** Time to wait for a response. */
const TIMEOUT_MS = 2000
/** Changes within this time are notified together. */
const MIN_INTERVAL_MS = 500
const MAX_ID = 0x10000

export interface NotificationOptions {
  readonly secondary: Secondary
  /** The zone's name. */
  readonly origin: string
  /** The current version of the zone; undefined if it is no longer served. */
  readonly zone: () => Zone | undefined
  /** Limits concurrent messages. */
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
  /** Resolves when the secondary has responded to the latest change, or is given up. Never rejects. */
  readonly finished: Promise<void>
  readonly #parts: NotificationOptions
  readonly #stopped = new AbortController()
  readonly #untilRetry = new InterruptibleDelay()
  readonly #rest = new InterruptibleDelay()
  #due = true

  constructor(parts: NotificationOptions) {
    this.#parts = parts
    this.finished = this.#run()
  }

  /** The zone has changed again: a pending retry is sent at once. */
  zoneChanged(): void {
    this.#due = true
    this.#untilRetry.end()
  }

  stop(): void {
    this.#stopped.abort()
    this.#untilRetry.close()
    this.#rest.close()
  }

  async #run(): Promise<void> {
    while (this.#due && !this.#stopped.signal.aborted) {
      this.#due = false
      await this.#notify()
      await this.#rest.wait(MIN_INTERVAL_MS)
    }
    this.#parts.onEnd()
  }

  async #notify(): Promise<void> {
    let reason = ''
    for (const delay of this.#parts.retryDelays ?? RETRY_DELAYS_MS) {
      const result = (await this.#parts.semaphore.run(() => this.#send())) ?? 'too many notifications are pending'
      if (result === 'notified') return
      reason = result
      // A change in the meantime is notified without a delay.
      if (!this.#due) await this.#untilRetry.wait(delay)
      if (this.#due || this.#stopped.signal.aborted) return
    }
    this.#warn(reason, 'dns: secondary not notified of a change')
  }

  /** `notified`, or the reason why not. */
  async #send(): Promise<string> {
    const { zone: current, secondary, now, context } = this.#parts
    const zone = current()
    if (!zone || this.#stopped.signal.aborted) return 'notified'
    const message = prepareNotify(zone, secondary.key, randomInt(MAX_ID), now())
    const options = { trace: context.trace, signal: this.#stopped.signal, timeout: TIMEOUT_MS, tries: 1 }
    try {
      const received = await sendOverUdp(secondary, message, options)
      if (!received) return 'the signature of the response is missing or invalid'
      const { rcode } = received.message
      if (rcode !== 'NOERROR') this.#warn(rcode, 'dns: secondary rejected NOTIFY')
      return 'notified'
    } catch (error) {
      return errorText(error)
    }
  }

  #warn(reason: string, message: string): void {
    const { secondary, origin, context } = this.#parts
    context.log.warn({ to: formatAuthority(secondary.host, secondary.port), zone: origin, why: reason }, message)
  }
}
