/**
 * The records of running suites: a suite with a data folder keeps a file with its endpoints in `DATA/running`. Clients read
 * it to find the suite, and other suites on the same folder do so to publish its services too.
 */
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../errors.ts'
import type { Endpoint } from '../../service.ts'
import { probeFeed, removeFeed } from '../../trace/feed-path.ts'

/** The record of a running suite. */
export interface SuiteRecord {
  readonly pid: number
  readonly startedAt: string
  /** The path of its trace's feed, which also shows whether the suite is alive. */
  readonly feed: string
  readonly endpoints: readonly Endpoint[]
}

/** A written record; the suite removes it when it closes. */
export interface WrittenRecord {
  readonly file: string
  remove(): Promise<void>
}

const folderOf = (dataFolder: string) => path.join(dataFolder, 'running')

/** Writes the record of this process atomically. */
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

/** The records in a data folder. */
export interface SuiteRecords {
  readonly alive: readonly SuiteRecord[]
  /** The files of records whose suite does not run. They are removed if this user has the permission. */
  readonly stale: readonly string[]
}

/** Reads the records of a data folder; the newest suite is first. Removes records of suites that do not run. */
export async function readRecords(dataFolder: string): Promise<SuiteRecords> {
  const folder = folderOf(dataFolder)
  const names = (await listFolder(folder)).filter(name => name.endsWith('.json'))
  const found = await Promise.all(names.map(name => readRecord(path.join(folder, name))))
  const alive = found.flatMap(({ record, stale }) => (record && !stale ? [record] : []))
  const stale = found.filter(file => file.stale)
  await Promise.allSettled(stale.map(removeRecord))
  return {
    alive: alive.sort((a, b) => b.startedAt.localeCompare(a.startedAt)),
    stale: stale.map(({ file }) => file),
  }
}

interface RecordFile {
  readonly file: string
  /** Undefined if the file contains no valid record. */
  readonly record: SuiteRecord | undefined
  /** True if the record's suite does not run. */
  readonly stale: boolean
}

async function removeRecord({ file, record }: RecordFile): Promise<void> {
  await rm(file, { force: true })
  if (record) await removeFeed(record.feed)
}

/** An unreadable folder counts as empty. */
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
  const record = parseRecord(await readJson(file))
  return { file, record, stale: record !== undefined && (await isStale(record)) }
}

/**
 * The process id alone is not enough, because another program can reuse it; only the suite serves its feed. But the feed's
 * file can be deleted from the folder for temporary files while the suite is running.
 */
async function isStale({ feed, pid }: SuiteRecord): Promise<boolean> {
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
    // Another process removed it, a full disk truncated it, or this user cannot read it.
    if (error instanceof SyntaxError || UNREADABLE.has(errorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Watches the records of a data folder; the watcher does not keep the process running. */
export async function watchRecords(dataFolder: string, onChange: () => void): Promise<FSWatcher> {
  await mkdir(folderOf(dataFolder), { recursive: true })
  return watch(folderOf(dataFolder), { persistent: false }, onChange)
}

/** Returns undefined for what is not a record. Without zod, which takes longer to load than a short command. */
function parseRecord(json: unknown): SuiteRecord | undefined {
  const { pid, startedAt, feed, endpoints } = Object(json) as Readonly<Record<keyof SuiteRecord, unknown>>
  if (!isInteger(pid) || typeof startedAt !== 'string' || typeof feed !== 'string') return undefined
  if (!Array.isArray(endpoints) || !endpoints.every(isEndpoint)) return undefined
  return { pid, startedAt, feed, endpoints }
}

function isEndpoint(json: unknown): json is Endpoint {
  const { service, scheme, transport, host, port, url } = Object(json) as Readonly<Record<keyof Endpoint, unknown>>
  const isTransport = transport === 'tcp' || transport === 'udp' || transport === 'tls'
  return isTransport && isInteger(port) && [service, scheme, host, url].every(text => typeof text === 'string')
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value)
}
