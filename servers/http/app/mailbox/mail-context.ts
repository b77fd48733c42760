/** What the handlers of the mailbox share: how to send mail, and bounds on their work. */
import { Semaphore } from '../../../../shared/async/semaphore.ts'
import type { Tls } from '../../../../shared/net/tls/tls.ts'
import type { Context } from '../../../../shared/service.ts'
import type { Trace } from '../../../../shared/trace/trace.ts'
import { Problem } from '../problem.ts'

/** Requests that have a message in memory at once, and those that wait. */
const READS = { concurrency: 8, maxQueued: 200 }
/** Messages that are sent at once, and those that wait. */
const SUBMISSIONS = { concurrency: 8, maxQueued: 100 }

export class MailContext {
  /** The domain of the addresses from which accounts send mail. */
  readonly domain: string
  readonly trace: Trace
  readonly tls: Tls | undefined
  readonly #reads = new Semaphore(READS)
  readonly #submissions = new Semaphore(SUBMISSIONS)

  constructor(domain: string, { trace, tls }: Pick<Context, 'trace' | 'tls'>) {
    this.domain = domain
    this.trace = trace
    this.tls = tls
  }

  /** Runs a task that has a message in memory. */
  read<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#reads.run(task) ?? rejectBusy('Too many requests for mail are pending.')
  }

  /** Runs a task that sends a message. */
  submit<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#submissions.run(task) ?? rejectBusy('Too many messages are being sent.')
  }
}

function rejectBusy(detail: string): Promise<never> {
  return Promise.reject(new Problem(503, detail, { headers: ['Retry-After', '1'] }))
}
