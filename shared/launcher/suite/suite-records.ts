/**
 * The records of running suites: while one runs with a data folder of its own, a file in `DATA/running` says which
 * endpoints it has. Clients started later find them there, and so do other suites on the same folder, so that services
 * started one by one still know of each other.
 */
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { errorCode } from '../../errors.ts'
import type { Endpoint } from '../../service.ts'
import { probeFeed, removeFeed } from '../../trace/feed.ts'

const recordSchema = z.object({
  pid: z.number().int(),
  startedAt: z.string(),
  /** Where its trace can be followed; also how to tell that it is alive. */
  feed: z.string(),
  endpoints: z.array(
    z.object({
      service: z.string(),
      scheme: z.string(),
      transport: z.enum(['tcp', 'udp', 'tls']),
      host: z.string(),
      port: z.number().int(),
      url: z.string(),
    }),
  ),
})

/** What one running suite says of itself. */
export type SuiteRecord = z.output<typeof recordSchema>

/** A record that was written and must be removed at the end. */
export interface WrittenRecord {
  readonly file: string
  remove(): Promise<void>
}

const folderOf = (dataFolder: string) => path.join(dataFolder, 'running')

/** Writes the record of this process; readers see it whole or not at all. */
export async function writeRecord(
  dataFolder: string,
  feed: string,
  endpoints: readonly Endpoint[],
): Promise<WrittenRecord> {
  const record: SuiteRecord = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    feed,
    endpoints: [...endpoints],
  }
  const file = path.join(folderOf(dataFolder), `${process.pid}-${path.basename(path.dirname(feed))}.json`)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`)
  await rename(`${file}.new`, file)
  return { file, remove: () => rm(file, { force: true }) }
}

/** What was found in the data folder: the suites that run, and the records that a crash left behind. */
export interface SuiteRecords {
  readonly alive: readonly SuiteRecord[]
  /** The files of records whose suite is gone. They are removed where this user may. */
  readonly stale: readonly string[]
}

/** Reads the records of a data folder; the newest suite comes first. Records of suites that are gone are removed. */
export async function readRecords(dataFolder: string): Promise<SuiteRecords> {
  const folder = folderOf(dataFolder)
  const names = (await listFolder(folder)).filter(name => name.endsWith('.json'))
  const found = await Promise.all(names.map(name => readRecord(path.join(folder, name))))
  const alive = found.flatMap(({ record, gone }) => (record && !gone ? [record] : []))
  const stale = found.filter(({ gone }) => gone)
  await Promise.allSettled(stale.map(removeRecord))
  return {
    alive: alive.sort((a, b) => b.startedAt.localeCompare(a.startedAt)),
    stale: stale.map(({ file }) => file),
  }
}

interface RecordFile {
  readonly file: string
  /** Undefined where the file holds none. */
  readonly record: SuiteRecord | undefined
  readonly gone: boolean
}

async function removeRecord({ file, record }: RecordFile): Promise<void> {
  await rm(file, { force: true })
  if (record) await removeFeed(record.feed)
}

/** What cannot be read is taken for no record, and left where it is: a folder that is not ours to look into has none. */
async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (UNREADABLE.has(errorCode(error) ?? '')) return []
    throw error
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR'])

async function readRecord(file: string): Promise<RecordFile> {
  const { data: record } = recordSchema.safeParse(await readJson(file))
  return { file, record, gone: record !== undefined && (await isGone(record)) }
}

/**
 * A process id can be reused by another program, and only the suite itself serves its feed; but a feed's file can be
 * swept from the folder of temporary files while the suite runs on.
 */
async function isGone({ feed, pid }: SuiteRecord): Promise<boolean> {
  if ((await probeFeed(feed)) !== 'gone') return false
  return existsSync(feed) || !isProcess(pid)
}

function isProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    // Gone in between, cut short by a full disk, or another user's: either way no suite is found by it.
    if (error instanceof SyntaxError || UNREADABLE.has(errorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Calls back after every change in the records of a data folder; it does not keep the process running. */
export async function watchRecords(dataFolder: string, onChange: () => void): Promise<FSWatcher> {
  await mkdir(folderOf(dataFolder), { recursive: true })
  return watch(folderOf(dataFolder), { persistent: false }, onChange)
}
