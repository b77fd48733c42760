/** Executes plans: deletes, creates folders, transfers files in parallel, and records what failed. */
import { RefusedError, UsageError } from '../../../shared/errors.ts'
import type { FtpAction, FtpFailure, FtpFilesResult } from '../operations/files-result.ts'
import { FAILED } from '../session/error.ts'
import type { SessionPool } from '../session/pool.ts'
import { forEachParallel } from './parallel.ts'
import { ancestorsOf, type Plan } from './plan.ts'
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
  const transfers: Transfer[] = []
  for (const work of works) {
    const possible = await run.prepare(work)
    transfers.push(...possible.map(entry => ({ work, entry, isDone: false })))
  }
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

type MutableFailure = { -readonly [Key in keyof FtpFailure]: FtpFailure[Key] }

interface Transfer {
  readonly work: Work
  readonly entry: TreeEntry
  isDone: boolean
}

class Execution {
  readonly #options: ExecuteOptions
  readonly #actions: FtpAction[] = []
  readonly #failed: MutableFailure[] = []
  #files = 0
  #bytes = 0

  constructor(options: ExecuteOptions) {
    this.#options = options
  }

  get result(): Pick<FtpFilesResult, 'actions' | 'failed' | 'files' | 'bytes'> {
    return { actions: this.#actions, failed: this.#failed, files: this.#files, bytes: this.#bytes }
  }

  /** Makes room for the files, and returns those whose folders exist. */
  async prepare({ plan, pathOf, remove, createFolder }: Work): Promise<readonly TreeEntry[]> {
    for (const entry of plan.replaced) {
      await this.#record({ action: 'delete', path: pathOf(entry.path) }, () => remove(entry))
    }
    const missing = new Map<string, MutableFailure>()
    for (const folder of plan.directories) {
      if (failureAbove(folder, missing)) continue
      const failure = await this.#record({ action: 'create', path: pathOf(folder) }, () => createFolder(folder))
      if (failure) missing.set(folder, failure)
    }
    return plan.transfers.filter(({ path }) => {
      const failure = failureAbove(path, missing)
      if (failure) failure.omitted = (failure.omitted ?? 0) + 1
      return failure === undefined
    })
  }

  async transfer(transfer: Transfer, counter: ProgressCounter): Promise<void> {
    const { work, entry } = transfer
    const path = work.pathOf(entry.path)
    const file = counter.startFile(path, entry.size)
    const failure = await this.#do(path, async () => {
      const bytes = await work.transfer(entry, file)
      this.#bytes += bytes
      this.#files += 1
    })
    transfer.isDone = failure === undefined
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

  async #record(action: FtpAction, run: () => Promise<void>): Promise<MutableFailure | undefined> {
    const failure = await this.#do(action.path, run)
    if (!failure) this.#actions.push(action)
    return failure
  }

  /** If the action fails, records the failure and returns it. */
  async #do(path: string, run: () => Promise<void>): Promise<MutableFailure | undefined> {
    try {
      if (!this.#options.dryRun) await run()
      return undefined
    } catch (error) {
      const failure = this.#toFailure(path, error)
      this.#failed.push(failure)
      return failure
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

/** Returns the failure of a folder that contains the entry. */
function failureAbove(path: string, missing: ReadonlyMap<string, MutableFailure>): MutableFailure | undefined {
  if (missing.size === 0) return undefined
  const folder = ancestorsOf(path).find(ancestor => missing.has(ancestor))
  return folder === undefined ? undefined : missing.get(folder)
}
