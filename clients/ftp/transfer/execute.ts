/** Executes plans: deletes, creates folders, transfers files in parallel, and records what failed. */
import { RefusedError, UsageError } from '../../../shared/errors.ts'
import type { FtpAction, FtpFailure, FtpFilesResult } from '../operations/files-result.ts'
import { FAILED } from '../session/error.ts'
import type { SessionPool } from '../session/pool.ts'
import { forEachParallel } from './parallel.ts'
import type { Plan } from './plan.ts'
import { type FileCounter, type OnFilesProgress, ProgressCounter } from './progress.ts'
import type { TreeEntry } from './tree.ts'

/** A plan for one tree, and how its actions are done on the side that changes. */
export interface Work {
  readonly plan: Plan
  /** Returns the path of an entry on the side that changes, for the result. */
  readonly pathOf: (relative: string) => string
  readonly remove: (entry: TreeEntry) => Promise<void>
  readonly createFolder: (relative: string) => Promise<void>
  /** Transfers a file, and returns the number of bytes. */
  readonly transfer: (entry: TreeEntry, counter: FileCounter) => Promise<number>
}

export interface ExecuteOptions {
  readonly transferAction: 'download' | 'upload'
  readonly dryRun: boolean
  readonly onProgress: OnFilesProgress | undefined
}

/**
 * Executes the work. A negative reply, or a local file that cannot be read, fails only one action.
 *
 * @throws RefusedError if a connection breaks
 * @throws UsageError if a local file cannot be written
 */
export async function execute(
  pool: SessionPool,
  works: readonly Work[],
  options: ExecuteOptions,
): Promise<FtpFilesResult> {
  const run = new Execution(options)
  for (const work of works) await run.prepare(work)
  const transfers = works.flatMap(work => work.plan.transfers.map(entry => ({ work, entry, isDone: false })))
  const total = transfers.reduce((sum, { entry }) => sum + entry.size, 0)
  const counter = new ProgressCounter(options.onProgress, transfers.length, total)
  // A dry run needs one session at most.
  await forEachParallel(transfers, options.dryRun ? 1 : pool.limit, transfer => run.transfer(transfer, counter))
  run.recordTransfers(transfers)
  for (const work of works) await run.finish(work)
  return {
    ...run.result,
    server: pool.server,
    dryRun: options.dryRun,
    unchanged: works.reduce((sum, { plan }) => sum + plan.unchanged, 0),
    skipped: works.flatMap(({ plan, pathOf }) =>
      plan.skipped.map(({ path, reason }) => ({ path: pathOf(path), reason })),
    ),
  }
}

interface Transfer {
  readonly work: Work
  readonly entry: TreeEntry
  isDone: boolean
}

class Execution {
  readonly #options: ExecuteOptions
  readonly #actions: FtpAction[] = []
  readonly #failed: FtpFailure[] = []
  #files = 0
  #bytes = 0

  constructor(options: ExecuteOptions) {
    this.#options = options
  }

  get result(): Pick<FtpFilesResult, 'actions' | 'failed' | 'files' | 'bytes'> {
    return { actions: this.#actions, failed: this.#failed, files: this.#files, bytes: this.#bytes }
  }

  /** Makes room for the files. */
  async prepare({ plan, pathOf, remove, createFolder }: Work): Promise<void> {
    for (const entry of plan.replaced) {
      await this.#record({ action: 'delete', path: pathOf(entry.path) }, () => remove(entry))
    }
    for (const folder of plan.directories) {
      await this.#record({ action: 'create', path: pathOf(folder) }, () => createFolder(folder))
    }
  }

  async transfer(transfer: Transfer, counter: ProgressCounter): Promise<void> {
    const { work, entry } = transfer
    const path = work.pathOf(entry.path)
    const file = counter.startFile(path, entry.size)
    transfer.isDone = await this.#do(path, async () => {
      const bytes = await work.transfer(entry, file)
      this.#bytes += bytes
      this.#files += 1
    })
    file.finish()
  }

  /** Records the transfers in the order of the plan; they end in another one. */
  recordTransfers(transfers: readonly Transfer[]): void {
    for (const { work, entry, isDone } of transfers) {
      if (!isDone) continue
      this.#actions.push({ action: this.#options.transferAction, path: work.pathOf(entry.path), size: entry.size })
    }
  }

  async finish({ plan, pathOf, remove }: Work): Promise<void> {
    for (const entry of plan.deletions) {
      await this.#record({ action: 'delete', path: pathOf(entry.path) }, () => remove(entry))
    }
  }

  async #record(action: FtpAction, run: () => Promise<void>): Promise<void> {
    if (await this.#do(action.path, run)) this.#actions.push(action)
  }

  /** Returns false, and records the failure, if the action fails. */
  async #do(path: string, run: () => Promise<void>): Promise<boolean> {
    try {
      if (!this.#options.dryRun) await run()
      return true
    } catch (error) {
      this.#failed.push(this.#toFailure(path, error))
      return false
    }
  }

  /** @throws the error if the next action would fail too */
  #toFailure(path: string, error: unknown): FtpFailure {
    if (error instanceof RefusedError && error.code !== FAILED && error.code !== 421) {
      return { path, code: error.code, text: error.text }
    }
    // A full disk is full for the next file too, but another file may be readable.
    if (error instanceof UsageError && this.#options.transferAction === 'upload') {
      return { path, code: 'local', text: error.message }
    }
    throw error
  }
}
