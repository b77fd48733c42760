/**
 * Parses messages in a worker thread, so that no message stops the event loop. Bounded in time: the thread of a message
 * that takes too long ends, and the next message gets a new one.
 */
import type { Worker } from 'node:worker_threads'
import { ownedBuffers } from '../../../async/owned-buffers.ts'
import { Semaphore } from '../../../async/semaphore.ts'
import { startWorker } from '../../../async/start-worker.ts'
import { errorText } from '../../../errors.ts'
import { StoreError } from '../../store-error.ts'
import type { Envelope } from '../message.ts'
import type { SearchEntry } from '../search/search-entry.ts'
import type { Job, JobResult, Progress, View } from './jobs.ts'

/** Milliseconds for the content of one message. */
const PARSE_TIMEOUT_MS = 2000
/** Milliseconds for the start of the thread and for the header of a message. */
const START_TIMEOUT_MS = 30_000
/** Messages that wait for the thread. */
const MAX_QUEUED = 100
/** Bytes of a message that are parsed. */
const MAX_PARSED_BYTES = 32 * 1024 * 1024
/** Memory of the thread; a message that needs more ends it. */
const MAX_HEAP_MEGABYTES = 512

interface Outcome<Result> {
  /** Undefined if not even the header was parsed. */
  readonly result: Result | undefined
  readonly problem?: string | undefined
}

export interface MessageParserOptions {
  /** Default: 2000. */
  readonly timeout?: number | undefined
}

export class MessageParser {
  readonly #timeout: number
  readonly #jobs = new Semaphore({ concurrency: 1, maxQueued: MAX_QUEUED })
  #worker: Worker | undefined
  #closed = false

  constructor({ timeout = PARSE_TIMEOUT_MS }: MessageParserOptions = {}) {
    this.#timeout = timeout
  }

  /**
   * Parses a message, and takes over the memory of `raw`, which must not be used afterwards. If its content cannot be parsed, the result has the header, and `problem` has the reason.
   *
   * @throws StoreError with code `busy` if too many messages wait, `closed` after `close`
   */
  async view(raw: Uint8Array, { withContents = false } = {}): Promise<View> {
    const { result, problem } = await this.#enqueue({ kind: 'view', raw: bounded(raw), withContents })
    return { ...(result ?? NOTHING), ...(problem === undefined ? {} : { problem }) }
  }

  /** Returns the words of a message for the full-text index. Throws as `view` does. */
  async searchEntry(raw: Uint8Array, envelope: Envelope): Promise<SearchEntry> {
    const { result } = await this.#enqueue({ kind: 'search', raw: bounded(raw), envelope })
    return result ?? { subject: '', sender: '', recipients: '', body: '', hasAttachments: false }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }

  #enqueue<Kind extends Job['kind']>(job: Job & { readonly kind: Kind }): Promise<Outcome<JobResult<Kind>>> {
    const outcome = this.#jobs.run(() => this.#run<Kind>(job))
    return outcome ?? Promise.reject(new StoreError('busy', 'too many messages wait to be parsed'))
  }

  #run<Kind extends Job['kind']>(job: Job): Promise<Outcome<JobResult<Kind>>> {
    if (this.#closed) return Promise.reject(new StoreError('closed', 'the store is closed'))
    const worker = this.#startedWorker()
    return new Promise((resolve, reject) => {
      let result: JobResult<Kind> | undefined
      const finish = (problem?: string) => {
        clearTimeout(timer)
        worker.off('message', onProgress).off('error', onError).off('exit', onExit)
        // An idle parser does not keep the process running. A result can arrive while `close` waits for the end of the thread.
        if (!this.#closed) worker.unref()
        if (this.#closed) reject(new StoreError('closed', 'the store is closed'))
        else resolve({ result, problem })
      }
      const onProgress = (progress: Progress) => {
        if (progress.stage === 'failed') return finish(progress.reason)
        result = progress.result as JobResult<Kind>
        if (progress.stage === 'complete') return finish()
        clearTimeout(timer)
        timer = setTimeout(onTimeout, this.#timeout)
      }
      const onTimeout = () => {
        this.#discard(worker)
        finish(`parsing takes more than ${this.#timeout} ms`)
      }
      const onError = (error: unknown) => finish(errorText(error))
      const onExit = () => finish('the thread of the parser ended')
      let timer = setTimeout(onTimeout, START_TIMEOUT_MS)
      worker.on('message', onProgress).on('error', onError).on('exit', onExit)
      worker.ref()
      worker.postMessage(job, ownedBuffers([job.raw]))
    })
  }

  #startedWorker(): Worker {
    if (this.#worker) return this.#worker
    const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MEGABYTES }
    const worker = startWorker('shared/store/mail/parse/worker', { resourceLimits })
    worker.on('error', () => this.#discard(worker))
    worker.on('exit', () => this.#discard(worker))
    this.#worker = worker
    return worker
  }

  #discard(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined
    void worker.terminate()
  }
}

const NOTHING: View = {
  headers: [],
  addresses: { from: [], to: [], cc: [], replyTo: [] },
  text: '',
  links: [],
  attachments: [],
  truncated: false,
}

function bounded(raw: Uint8Array): Uint8Array {
  return raw.subarray(0, MAX_PARSED_BYTES)
}
