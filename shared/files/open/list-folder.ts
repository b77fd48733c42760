/**
 * Lists an open folder with flat memory. `lstat` is called synchronously, for a millisecond at a time: that takes a quarter of the
 * time of calls on the thread pool, and other clients wait no longer than for any other work. If the file system is slow (a network,
 * a cold disk), most calls go to the thread pool.
 */
import { lstatSync, type Stats } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { errorCode } from '../../errors.ts'
import type { OpenEntry } from './open-entry.ts'

export interface ListBounds {
  /** The names of a larger folder are in no order, because sorting needs all of them in memory, and a turn of its own. */
  readonly maxSorted: number
  /** How long calls of `lstat` may keep other clients waiting. */
  readonly sliceMs: number
}

const BOUNDS: ListBounds = { maxSorted: 10_000, sliceMs: 1 }
/** Names that are read from the folder at a time. */
const READ_BATCH = 1024
/** A file system that has fewer results in a slice is slow. */
const SLOW_SLICE = 16
const MAX_CONCURRENT_STATS = 32

/** The result of `lstat`, or undefined if the entry no longer exists or cannot be reached. */
type NamedStats = readonly [name: string, stats: Stats | undefined]

/** Yields the names in a folder for which `isListed` returns true, in batches: one that is sorted, or many of a large folder. */
export async function* readNames(
  folder: OpenEntry,
  isListed: (name: string) => boolean,
  { maxSorted }: ListBounds = BOUNDS,
): AsyncGenerator<readonly string[]> {
  let names: string[] = []
  let maxNames = maxSorted
  for await (const { name } of await opendir(folder.path, { bufferSize: READ_BATCH })) {
    if (!isListed(name)) continue
    if (names.length >= maxNames) {
      yield names
      names = []
      maxNames = READ_BATCH
    }
    names.push(name)
  }
  yield maxNames === maxSorted ? names.sort() : names
}

/** Yields what names in a folder are, in batches, in the order of the names. Does not follow links. */
export async function* statNames(
  folder: OpenEntry,
  names: readonly string[],
  { sliceMs }: ListBounds = BOUNDS,
): AsyncGenerator<readonly NamedStats[]> {
  const prefix = folder.entry('')
  for (let start = 0; start < names.length; ) {
    const slice = statSlice(prefix, names, start, performance.now() + sliceMs)
    yield slice
    start += slice.length
    if (slice.length < SLOW_SLICE && start < names.length) {
      const rest = names.slice(start, start + MAX_CONCURRENT_STATS)
      yield await Promise.all(rest.map(name => statAsync(prefix, name)))
      start += rest.length
    } else {
      await setImmediate()
    }
  }
}

function statSlice(prefix: string, names: readonly string[], start: number, end: number): NamedStats[] {
  const slice: NamedStats[] = []
  do {
    const name = names[start + slice.length]
    if (name === undefined) break
    slice.push([name, statSync(prefix, name)])
  } while (performance.now() < end)
  return slice
}

function statSync(prefix: string, name: string): Stats | undefined {
  try {
    return lstatSync(prefix + name, { throwIfNoEntry: false })
  } catch (error) {
    return ignoreSystemError(error)
  }
}

async function statAsync(prefix: string, name: string): Promise<NamedStats> {
  return [name, await lstat(prefix + name).catch(ignoreSystemError)]
}

/** @throws the error if it is a defect of the program */
function ignoreSystemError(error: unknown): undefined {
  if (!/^E[A-Z0-9]+$/.test(errorCode(error) ?? '')) throw error
}
