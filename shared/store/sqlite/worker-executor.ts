/** Executes statements on a SQLite file in a worker thread: the event loop never waits for the disk. */
import type { Worker } from 'node:worker_threads'
import { startWorker } from '../../async/start-worker.ts'
import type { QueryRows, Statement, Write } from '../engine.ts'
import { StoreError } from '../store-error.ts'
import type { Executor, SqliteOptions } from './executor.ts'
import type { Call, Response } from './messages.ts'

interface Pending {
  resolve(result: QueryRows | undefined): void
  reject(error: Error): void
}

export class WorkerExecutor implements Executor {
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #closed = false

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (response: Response) => this.#receive(response))
    worker.on('error', error =>
      this.#fail(new StoreError('failed', `the thread of the store failed: ${error.message}`, { cause: error })),
    )
    worker.on('exit', () => this.#fail(new StoreError('closed', 'the store is closed')))
  }

  /** @throws StoreError if the file cannot be opened or is not a database */
  static async open(options: SqliteOptions): Promise<WorkerExecutor> {
    const executor = new WorkerExecutor(startWorker('shared/store/sqlite/worker'))
    try {
      await executor.#call({ method: 'open', options })
      return executor
    } catch (error) {
      await executor.#worker.terminate()
      throw error
    }
  }

  async execute(statement: Statement): Promise<QueryRows> {
    return (await this.#call({ method: 'execute', statement })) ?? { rows: [], changes: 0 }
  }

  async write(writes: readonly Write[]): Promise<void> {
    await this.#call({ method: 'write', writes })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.#call({ method: 'close' })
    await this.#worker.terminate()
  }

  #call(call: Call): Promise<QueryRows | undefined> {
    if (this.#closed) return Promise.reject(new StoreError('closed', 'the store is closed'))
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage({ id, call })
    })
  }

  #receive(response: Response): void {
    const pending = this.#pending.get(response.id)
    this.#pending.delete(response.id)
    // An idle store does not keep the process running.
    if (this.#pending.size === 0) this.#worker.unref()
    if ('error' in response) pending?.reject(new StoreError(response.error.code, response.error.message))
    else pending?.resolve(response.result)
  }

  #fail(error: StoreError): void {
    this.#closed = true
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}
