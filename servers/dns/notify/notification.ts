/** One secondary that is told of one zone, until it has answered and nothing has changed since (RFC 1996, section 3.6). */
import { randomInt } from 'node:crypto'
import type { Semaphore } from '../../../shared/async/semaphore.ts'
import { sendOverUdp } from '../../../shared/dns/resolver/udp.ts'
import { errorText } from '../../../shared/errors.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import type { Context } from '../../../shared/service.ts'
import type { Clock } from '../trust/signatures.ts'
import type { Secondary } from '../trust/trust.ts'
import type { Zone } from '../zone/zone.ts'
import { InterruptibleDelay } from './interruptible-delay.ts'
import { prepareNotify } from './notify-message.ts'

/** Milliseconds until a secondary that does not answer is told again; after about two minutes it is given up. */
const PAUSES_MS = [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]
/** How long a response is waited for. */
const TIMEOUT_MS = 2000
/** Changes that come faster are told together. */
const LEAST_INTERVAL_MS = 500
const MAX_ID = 0x10000

export interface NotificationOptions {
  readonly secondary: Secondary
  /** The zone's name. */
  readonly origin: string
  /** The zone as it is now; undefined where it is served no more. */
  readonly zone: () => Zone | undefined
  /** How many are told at once. */
  readonly semaphore: Semaphore
  readonly context: Pick<Context, 'log' | 'trace'>
  readonly now: Clock
  /** Called at the end: whatever changes after that is another notice's. */
  readonly onEnd: () => void
  /** Milliseconds between tries, where they are not the usual ones. */
  readonly retryDelays?: readonly number[] | undefined
}

export class Notification {
  /** Resolves when there is nothing more to tell. It does not reject. */
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

  /** The zone has changed once more: a secondary that has not answered yet is told without further waiting. */
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
      await this.#rest.wait(LEAST_INTERVAL_MS)
    }
    this.#parts.onEnd()
  }

  async #notify(): Promise<void> {
    let why = ''
    for (const pause of this.#parts.retryDelays ?? PAUSES_MS) {
      const asked = (await this.#parts.semaphore.run(() => this.#send())) ?? 'too many others are being told'
      if (asked === 'told') return
      why = asked
      // What has changed meanwhile is told without a pause.
      if (!this.#due) await this.#untilRetry.wait(pause)
      if (this.#due || this.#stopped.signal.aborted) return
    }
    this.#warn(why, 'dns: a secondary was not told of a change')
  }

  /** `told`, or why not. */
  async #send(): Promise<string> {
    const { zone: current, secondary, now, context } = this.#parts
    const zone = current()
    if (!zone || this.#stopped.signal.aborted) return 'told'
    const asked = prepareNotify(zone, secondary.key, randomInt(MAX_ID), now())
    const options = { trace: context.trace, signal: this.#stopped.signal, timeout: TIMEOUT_MS, tries: 1 }
    try {
      const received = await sendOverUdp(secondary, asked, options)
      if (!received) return 'its response is not signed as it should be'
      const { rcode } = received.message
      if (rcode !== 'NOERROR') this.#warn(rcode, 'dns: a secondary does not take NOTIFY')
      return 'told'
    } catch (error) {
      return errorText(error)
    }
  }

  #warn(why: string, message: string): void {
    const { secondary, origin, context } = this.#parts
    context.log.warn({ to: formatAuthority(secondary.host, secondary.port), zone: origin, why }, message)
  }
}
