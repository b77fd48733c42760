/**
 * The zones of a data folder: every file `NAME.zone` in it is the zone NAME. A file is read again only where it, or one that
 * it includes, has changed since.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { NameError } from '../../../shared/dns/name.ts'
import { errorCode } from '../../../shared/errors.ts'
import { atOnce, inSlices } from '../../../shared/slices.ts'
import { loadingZone } from './examine.ts'
import { includeFrom } from './include.ts'
import { parseOrigin } from './master-file.ts'
import { SAMPLE_ZONE, SAMPLE_ZONE_FILE } from './sample-zone.ts'
import type { Zone } from './zone.ts'
import { ZoneError } from './zone-error.ts'

const EXTENSION = '.zone'

/** What reading a folder gave. */
export interface Reading {
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
}

/** What is known of one zone's file. */
interface Known {
  /** The zone's file, and those it includes. */
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
  async read(signal?: AbortSignal): Promise<Reading> {
    const names = (await readdir(this.folder)).filter(name => name.endsWith(EXTENSION)).sort()
    const known = new Map<string, Known>()
    const problems: ZoneProblem[] = []
    const warnings: ZoneError[] = []
    for (const name of names) {
      const before = this.#known.get(name)
      const now = await this.#readOne(name, before, warning => warnings.push(warning), signal)
      if (!now) continue
      known.set(name, now)
      if (now.error !== undefined) problems.push({ error: now.error, fresh: now.error !== before?.error })
    }
    this.#known = known
    return { zones: [...known.values()].flatMap(({ zone }) => zone ?? []), problems, warnings }
  }

  /** What is known of the file now; undefined where it has gone meanwhile. */
  async #readOne(
    name: string,
    before: Known | undefined,
    warn: Warn,
    signal?: AbortSignal,
  ): Promise<Known | undefined> {
    const file = path.join(this.folder, name)
    const files = [file]
    try {
      if (before && (await isUnchanged(before))) return { ...before, looks: await looksOf(before.files) }
      const text = await readFile(file, 'utf8')
      const parsed = await this.#parse({ name, text, files }, before, warn, signal)
      return { files, looks: await looksOf(files), hash: await hashOf(files), ...parsed }
    } catch (error) {
      signal?.throwIfAborted()
      if (errorCode(error) === 'ENOENT') return undefined
      return { files, looks: undefined, hash: '', zone: before?.zone, error }
    }
  }

  /** Adds to `files` what the zone includes. */
  async #parse(
    { name, text, files }: { name: string; text: string; files: string[] },
    before: Known | undefined,
    warn: Warn,
    signal?: AbortSignal,
  ): Promise<Pick<Known, 'zone' | 'error'>> {
    const file = path.join(this.folder, name)
    try {
      const origin = originOf(name.slice(0, -EXTENSION.length), file)
      const include = includeFrom(this.folder, included => files.push(included))
      const loading = loadingZone({ origin, text, file, include }, { complete: true }, warn)
      return { zone: await inSlices(loading, signal), error: undefined }
    } catch (error) {
      signal?.throwIfAborted()
      return { zone: before?.zone, error }
    }
  }
}

type Warn = (warning: ZoneError) => void

/** The zone's name, from that of its file. */
function originOf(name: string, file: string): string {
  try {
    return parseOrigin(name)
  } catch (error) {
    if (error instanceof NameError) throw new ZoneError(file, 1, name, `the zone's name is none: ${error.message}`)
    throw error
  }
}

/**
 * Reads one zone from its text. It need not be complete: it is some program's own, as tests have them.
 *
 * @param warn is told what is doubtful about it
 * @throws ZoneError for the first thing wrong with it, or with the name
 */
export function zoneFromText(origin: string, text: string, warn: Warn = () => {}): Zone {
  const file = `zone ${origin}`
  return atOnce(loadingZone({ origin: originOf(origin, file), text, file }, { complete: false }, warn))
}

/** False where one of the files has gone, too. */
async function isUnchanged({ files, looks, hash }: Known): Promise<boolean> {
  try {
    return (looks !== undefined && looks === (await looksOf(files))) || hash === (await hashOf(files))
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return false
  }
}

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex')
}

/** A file that was written just now may be written again without looking otherwise: clocks of file systems are coarse. */
const SETTLED_AFTER_MS = 2000

/** What tells whether one of the files has changed; undefined where that cannot be told yet. */
async function looksOf(files: readonly string[]): Promise<string | undefined> {
  const stats = await Promise.all(files.map(file => stat(file, { bigint: true })))
  const settled = stats.every(({ mtimeMs }) => Date.now() - Number(mtimeMs) > SETTLED_AFTER_MS)
  return settled ? stats.map(({ dev, ino, size, mtimeNs }) => [dev, ino, size, mtimeNs].join(':')).join() : undefined
}
