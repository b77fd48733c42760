/**
 * The zones of a data folder: every file `NAME.zone` in it is the zone NAME. A file is read again only where it, or one that
 * it includes, has changed since.
 */
import { createHash, webcrypto } from 'node:crypto'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runInTimeSlices } from '../../../shared/async/cooperative.ts'
import { errorCode } from '../../../shared/errors.ts'
import type { Zone } from '../zone/zone.ts'
import type { ZoneError } from '../zone/zone-error.ts'
import { loadCheckedZone } from './check-zone.ts'
import { includeFrom } from './include.ts'
import { type Include, parseZoneOrigin, type Source } from './master-file.ts'
import { readZoneFile } from './read-zone-file.ts'
import { SAMPLE_ZONE, SAMPLE_ZONE_FILE } from './sample-zone.ts'

const EXTENSION = '.zone'

/** What reading a folder gave. */
export interface ZoneFilesResult {
  /** Of a file that cannot be read, the zone that it gave before. */
  readonly zones: readonly Zone[]
  readonly problems: readonly ZoneProblem[]
  /** What is doubtful about the files that were read now. */
  readonly warnings: readonly ZoneError[]
}

/** A file that cannot be read. */
export interface ZoneProblem {
  readonly error: unknown
  /** False where it was told of before and nothing has changed since. */
  readonly fresh: boolean
  /** Whether the zone goes on being served, as it was. */
  readonly served: boolean
}

/** What is known of one zone's file. */
interface Known {
  /** The zone's file, and those it includes, also where there is none of that name. */
  readonly files: readonly string[]
  /** How they looked; undefined where one look cannot tell whether they have changed. */
  readonly looks: string | undefined
  readonly hash: string
  readonly zone: Zone | undefined
  readonly error: unknown
}

export class ZoneFiles {
  readonly folder: string
  #known: ReadonlyMap<string, Known> = new Map()

  constructor(folder: string) {
    this.folder = folder
  }

  /** Makes the folder, with a sample in it, where it does not exist. */
  async ensure(): Promise<void> {
    try {
      await mkdir(path.dirname(this.folder), { recursive: true })
      await mkdir(this.folder)
      await writeFile(path.join(this.folder, SAMPLE_ZONE_FILE), SAMPLE_ZONE)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
  }

  /** Reads what has changed since the last time, with turns for others. Rejects where the folder cannot be read. */
  async read(signal?: AbortSignal): Promise<ZoneFilesResult> {
    const names = (await readdir(this.folder)).filter(name => name.endsWith(EXTENSION)).sort()
    const known = new Map<string, Known>()
    const problems: ZoneProblem[] = []
    const warnings: ZoneError[] = []
    for (const name of names) {
      const before = this.#known.get(name)
      const now = await this.#readOne(name, before, warning => warnings.push(warning), signal)
      if (!now) continue
      known.set(name, now)
      if (now.error !== undefined) {
        problems.push({ error: now.error, fresh: now.error !== before?.error, served: now.zone !== undefined })
      }
    }
    this.#known = known
    return { zones: [...known.values()].flatMap(({ zone }) => zone ?? []), problems, warnings }
  }

  /** Where the files that were read are: the folder, and those that included ones are in. */
  get folders(): ReadonlySet<string> {
    const files = [...this.#known.values()].flatMap(known => known.files)
    return new Set([this.folder, ...files.map(file => path.dirname(file))])
  }

  /** What is known of the file now; undefined where it has gone meanwhile. */
  async #readOne(
    name: string,
    before: Known | undefined,
    warn: Warn,
    signal?: AbortSignal,
  ): Promise<Known | undefined> {
    const file = path.join(this.folder, name)
    try {
      // How it looks is asked for before it is read: what is written meanwhile is then seen the next time.
      const looks = before && (await looksOf(before.files))
      if (before && looks !== undefined && looks === before.looks) return before
      if (before && (await hashOf(before.files)) === before.hash) return { ...before, looks }
      return await this.#load(file, before, warn, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (errorCode(error) === 'ENOENT') return undefined
      return { files: [file], looks: undefined, hash: '', zone: before?.zone, error }
    }
  }

  async #load(file: string, before: Known | undefined, warn: Warn, signal?: AbortSignal): Promise<Known> {
    const looks = await looksOf([file])
    const bytes = await readZoneFile(file)
    const read = new Map([[file, await digestOf(bytes)]])
    const include = includeFrom(this.folder)
    const source = {
      file,
      text: bytes.toString('utf8'),
      include: (name: string, from: string) => {
        const included = path.join(path.dirname(from), name)
        read.set(included, ABSENT)
        const found = include(name, from)
        read.set(included, createHash('sha256').update(found.text).digest('hex'))
        return found
      },
    }
    const result = await this.#parse(source, warn, signal)
    // What is included was looked at only when it was read.
    const known = {
      files: [...read.keys()],
      looks: read.size === 1 ? looks : undefined,
      hash: [...read.values()].join(),
    }
    return { ...known, zone: before?.zone, error: undefined, ...result }
  }

  /** The zone, or what is wrong with it. */
  async #parse(
    source: Source & { include: Include },
    warn: Warn,
    signal?: AbortSignal,
  ): Promise<{ zone: Zone } | { error: unknown }> {
    try {
      const origin = parseZoneOrigin(path.basename(source.file, EXTENSION), source.file)
      return { zone: await runInTimeSlices(loadCheckedZone({ ...source, origin }, { complete: true }, warn), signal) }
    } catch (error) {
      signal?.throwIfAborted()
      return { error }
    }
  }
}

type Warn = (warning: ZoneError) => void

/** In the place of what cannot be told of a file that is not there. */
const ABSENT = 'absent'

async function hashOf(files: readonly string[]): Promise<string> {
  const digests = await Promise.all(
    files.map(async file => unlessAbsent(async () => digestOf(await readZoneFile(file)))),
  )
  return digests.join()
}

/** Of large files, too, without keeping others waiting: it is done in another thread. */
async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex')
}

async function unlessAbsent(look: () => Promise<string>): Promise<string> {
  try {
    return await look()
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return ABSENT
  }
}

/** A file that was written just now may be written again without looking otherwise: clocks of file systems are coarse. */
const SETTLED_AFTER_MS = 2000

/**
 * What tells whether one of the files has changed; undefined where that cannot be told yet. What cannot be looked at is as
 * if it were not there: why is told by reading it.
 */
async function looksOf(files: readonly string[]): Promise<string | undefined> {
  let settled = true
  const look = async (file: string) => {
    const { dev, ino, size, mtimeMs, mtimeNs } = await stat(file, { bigint: true })
    if (Date.now() - Number(mtimeMs) < SETTLED_AFTER_MS) settled = false
    return [dev, ino, size, mtimeNs].join(':')
  }
  const looks = files.map(file => look(file).catch(() => ABSENT))
  const all = (await Promise.all(looks)).join()
  return settled ? all : undefined
}
