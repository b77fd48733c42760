/**
 * The zone files of a data folder: `NAME.zone` is the zone NAME. Loads a file again only if it, or a file that it includes,
 * has changed.
 */
import { createHash, webcrypto } from 'node:crypto'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runInTimeSlices } from '../../../shared/async/cooperative.ts'
import { errorCode } from '../../../shared/errors.ts'
import type { Zone } from '../zone/zone.ts'
import type { ZoneError } from '../zone/zone-error.ts'
import { loadCheckedZone } from './check-zone.ts'
import { includeFromFolder } from './include.ts'
import { readZoneFile } from './read-zone-file.ts'
import { SAMPLE_ZONE, SAMPLE_ZONE_FILE } from './sample-zone.ts'
import type { Include, Source } from './source.ts'
import { parseZoneName } from './zone-name.ts'

const EXTENSION = '.zone'

/** The result of loading the folder. */
export interface LoadedFiles {
  /** If a file cannot be loaded, its zone as last loaded. */
  readonly zones: readonly Zone[]
  readonly failures: readonly LoadFailure[]
  /** Only those of files loaded this time. */
  readonly warnings: readonly ZoneError[]
}

/** A file that cannot be loaded. */
export interface LoadFailure {
  readonly error: unknown
  /** False if the previous load failed in the same way and nothing has changed since. */
  readonly isNew: boolean
  /** True if the zone is still served, as last loaded. */
  readonly served: boolean
}

/** The state of one zone file when it was last loaded. */
interface FileState {
  /** The zone file and the files that it includes, missing ones too. */
  readonly files: readonly string[]
  /** The metadata of the files; undefined if it cannot show whether they change. */
  readonly metadata: string | undefined
  readonly hash: string
  readonly zone: Zone | undefined
  readonly error: unknown
}

export class ZoneFiles {
  readonly folder: string
  #states: ReadonlyMap<string, FileState> = new Map()

  constructor(folder: string) {
    this.folder = folder
  }

  /** Creates the folder with a sample zone if it does not exist. */
  async ensure(): Promise<void> {
    try {
      await mkdir(path.dirname(this.folder), { recursive: true })
      await mkdir(this.folder)
      await writeFile(path.join(this.folder, SAMPLE_ZONE_FILE), SAMPLE_ZONE)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
  }

  /** Loads the files that have changed since the last call, in time slices. Rejects if the folder cannot be read. */
  async load(signal?: AbortSignal): Promise<LoadedFiles> {
    const names = (await readdir(this.folder)).filter(name => name.endsWith(EXTENSION)).sort()
    const states = new Map<string, FileState>()
    const failures: LoadFailure[] = []
    const warnings: ZoneError[] = []
    for (const name of names) {
      const previous = this.#states.get(name)
      const state = await this.#refresh(name, previous, warning => warnings.push(warning), signal)
      if (!state) continue
      states.set(name, state)
      const { error, zone } = state
      if (error !== undefined) failures.push({ error, isNew: error !== previous?.error, served: zone !== undefined })
    }
    this.#states = states
    return { zones: [...states.values()].flatMap(({ zone }) => zone ?? []), failures, warnings }
  }

  /** The folders of the loaded files: the zones folder, and those of included files. */
  get folders(): ReadonlySet<string> {
    const files = [...this.#states.values()].flatMap(state => state.files)
    return new Set([this.folder, ...files.map(file => path.dirname(file))])
  }

  /** Returns the current state of a file; undefined if the file is gone. */
  async #refresh(
    name: string,
    previous: FileState | undefined,
    warn: Warn,
    signal?: AbortSignal,
  ): Promise<FileState | undefined> {
    const file = path.join(this.folder, name)
    try {
      // Get the metadata before the content: the next call then notices a change made in between.
      const metadata = previous && (await metadataOf(previous.files))
      if (previous && metadata !== undefined && metadata === previous.metadata) return previous
      if (previous && (await hashOf(previous.files)) === previous.hash) return { ...previous, metadata }
      return await this.#load(file, previous, warn, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (errorCode(error) === 'ENOENT') return undefined
      return { files: [file], metadata: undefined, hash: '', zone: previous?.zone, error }
    }
  }

  async #load(file: string, previous: FileState | undefined, warn: Warn, signal?: AbortSignal): Promise<FileState> {
    const metadata = await metadataOf([file])
    const bytes = await readZoneFile(file)
    const hashes = new Map([[file, await digest(bytes)]])
    const include = includeFromFolder(this.folder)
    const source = {
      file,
      text: bytes.toString('utf8'),
      include: (name: string, from: string) => {
        const includedFile = path.join(path.dirname(from), name)
        hashes.set(includedFile, MISSING)
        const included = include(name, from)
        hashes.set(includedFile, createHash('sha256').update(included.text).digest('hex'))
        return included
      },
    }
    const result = await this.#parse(source, warn, signal)
    return {
      files: [...hashes.keys()],
      // The metadata of included files was not read before their content.
      metadata: hashes.size === 1 ? metadata : undefined,
      hash: [...hashes.values()].join(),
      zone: previous?.zone,
      error: undefined,
      ...result,
    }
  }

  async #parse(
    source: Source & { include: Include },
    warn: Warn,
    signal?: AbortSignal,
  ): Promise<{ zone: Zone } | { error: unknown }> {
    try {
      const origin = parseZoneName(path.basename(source.file, EXTENSION), source.file)
      return { zone: await runInTimeSlices(loadCheckedZone({ ...source, origin }, { complete: true }, warn), signal) }
    } catch (error) {
      signal?.throwIfAborted()
      return { error }
    }
  }
}

type Warn = (warning: ZoneError) => void

/** The hash and the metadata of a missing file. */
const MISSING = 'missing'

async function hashOf(files: readonly string[]): Promise<string> {
  return (await Promise.all(files.map(digestFile))).join()
}

async function digestFile(file: string): Promise<string> {
  try {
    return await digest(await readZoneFile(file))
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return MISSING
  }
}

/** Uses Web Crypto because it hashes in another thread: large files do not block the event loop. */
async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex')
}

/** A file changed less than this ago may change again with the same metadata: timestamps of file systems are coarse. */
const SETTLED_AFTER_MS = 2000

/**
 * Returns metadata that differs if one of the files has changed; undefined if a change is too recent to be sure. Treats files
 * without accessible metadata as missing: reading them gives the error.
 */
async function metadataOf(files: readonly string[]): Promise<string | undefined> {
  let isSettled = true
  const read = async (file: string) => {
    const { dev, ino, size, mtimeMs, mtimeNs } = await stat(file, { bigint: true })
    if (Date.now() - Number(mtimeMs) < SETTLED_AFTER_MS) isSettled = false
    return [dev, ino, size, mtimeNs].join(':')
  }
  const metadata = (await Promise.all(files.map(file => read(file).catch(() => MISSING)))).join()
  return isSettled ? metadata : undefined
}
