/** Uploads files and folders. */
import path from 'node:path'
import { UsageError } from '../../../shared/errors.ts'
import type { FtpFilesOptions } from '../operations/files-request.ts'
import type { FtpFilesResult } from '../operations/files-result.ts'
import { makeDirectoryIfMissing, statIfPresent } from '../remote/make-directories.ts'
import { withoutSlash } from '../remote/remote-sources.ts'
import { addTimes, readRemoteTree, toTreeEntry } from '../remote/remote-tree.ts'
import { removeTree } from '../remote/remove-tree.ts'
import type { SessionPool } from '../session/pool.ts'
import { execute, type Work } from './execute.ts'
import { readLocalEntry, readLocalTree } from './local-tree.ts'
import { isSameUpload, planTransfer, type Skipped } from './plan.ts'
import type { FileCounter } from './progress.ts'
import { isSendableName } from './safe-name.ts'
import { joinPath, type TreeEntry } from './tree.ts'
import { uploadFile } from './upload-file.ts'

/** A file or folder to upload. */
export interface LocalSource {
  readonly file: string
  /** The root is first; its path is empty. */
  readonly entries: readonly TreeEntry[]
}

/**
 * Reads the files and folders to upload.
 *
 * @throws UsageError if one of them does not exist, or is not one folder for a mirror
 */
export async function readLocalSources(files: readonly string[], isMirror: boolean): Promise<LocalSource[]> {
  const sources = await Promise.all(
    files.map(async file => {
      const root = await readLocalEntry(file)
      if (!root) throw new UsageError(`cannot read ${file}: no such file or folder`)
      return { file, entries: root.type === 'directory' ? [root, ...(await readLocalTree(file))] : [root] }
    }),
  )
  const isOneFolder = sources.length === 1 && sources[0]?.entries[0]?.type === 'directory'
  if (isMirror && !isOneFolder) {
    throw new UsageError(`--mirror needs one folder, and ${files.join(', ')} is not one. Omit --mirror`)
  }
  return sources
}

/** Uploads the sources with the sessions of the pool. */
export async function putFilesWith(
  pool: SessionPool,
  sources: readonly LocalSource[],
  remotePath: string,
  settings: FtpFilesOptions,
): Promise<FtpFilesResult> {
  const to = await findTargets(pool, sources, remotePath, settings)
  const works: Work[] = []
  for (const source of sources) works.push(await planSource(pool, source, to(source), settings))
  const { dryRun = false, onProgress } = settings
  return execute(pool, works, { transferAction: 'upload', dryRun, onProgress })
}

/** Returns the path on the server for each source, as `cp -r` does; of a mirror, the directory itself. */
async function findTargets(
  pool: SessionPool,
  sources: readonly LocalSource[],
  remotePath: string,
  { mirror }: FtpFilesOptions,
): Promise<(source: LocalSource) => string> {
  if (mirror) return () => withoutSlash(remotePath)
  const isNamedDirectory = remotePath === '' || remotePath.endsWith('/')
  // Without this check, every file would fail.
  if (isNamedDirectory && sources.length > 1) await checkDirectory(pool, withoutSlash(remotePath))
  const isDirectory = isNamedDirectory || (await isRemoteDirectory(pool, remotePath))
  if (isDirectory) return ({ file }) => joinPath(remotePath, path.basename(path.resolve(file)))
  if (sources.length === 1) return () => remotePath
  throw new UsageError(`${JSON.stringify(remotePath)} is not a directory, and there are several files. End it with /`)
}

/** @throws RefusedError if there is no such directory */
async function checkDirectory(pool: SessionPool, path: string): Promise<void> {
  if (path !== '' && path !== '/') await pool.run(session => session.stat(path))
}

async function isRemoteDirectory(pool: SessionPool, remotePath: string): Promise<boolean> {
  const entry = await pool.run(session => statIfPresent(session, remotePath))
  return entry?.type === 'directory'
}

async function planSource(
  pool: SessionPool,
  { file, entries }: LocalSource,
  remoteRoot: string,
  settings: FtpFilesOptions,
): Promise<Work> {
  const { mirror = false } = settings
  const isTree = entries[0]?.type === 'directory'
  const setsTimes = await pool.run(async session => (await session.features()).has('MFMT'))
  const existing = isTree ? await readExisting(pool, remoteRoot, mirror) : []
  const sizes = new Map(entries.map(({ path, size }) => [path, size]))
  const target = await addTimes(pool, remoteRoot, existing, ({ path, size }) => sizes.get(path) === size)
  const { sendable, skipped } = splitNames(entries)
  const plan = planTransfer(sendable, target, {
    isSame: mirror ? isSameUpload(setsTimes) : () => false,
    deletes: settings.delete ?? false,
  })
  const keepsTimes = setsTimes && (settings.keepTimes ?? isTree)
  const remote = (relative: string) => joinPath(remoteRoot, relative)
  return {
    plan: { ...plan, skipped: [...plan.skipped, ...skipped] },
    pathOf: remote,
    remove: async entry => {
      await removeTree(pool, remote(entry.path))
    },
    createFolder: async relative => {
      await pool.run(session => makeDirectoryIfMissing(session, remote(relative)))
    },
    transfer: (entry, counter) =>
      upload(pool, path.join(file, entry.path), remote(entry.path), entry, counter, keepsTimes, settings),
  }
}

/** Reads the directory on the server: all of it for a mirror, otherwise whether it exists. */
async function readExisting(pool: SessionPool, remoteRoot: string, isMirror: boolean): Promise<TreeEntry[]> {
  const root = await pool.run(session => statIfPresent(session, remoteRoot === '' ? '.' : remoteRoot))
  if (!root) return []
  const tree = isMirror && root.type === 'directory' ? (await readRemoteTree(pool, remoteRoot)).entries : []
  return [toTreeEntry(root, ''), ...tree]
}

/** FTP ends commands with a line ending, so a name cannot have one. */
function splitNames(entries: readonly TreeEntry[]): { sendable: TreeEntry[]; skipped: Skipped[] } {
  const skipped = entries
    .filter(({ path }) => !isSendableName(path))
    .map(({ path }) => ({ path, reason: 'its name has a line ending, which FTP cannot send' }))
  return { sendable: entries.filter(({ path }) => isSendableName(path)), skipped }
}

function upload(
  pool: SessionPool,
  local: string,
  remote: string,
  { modified }: TreeEntry,
  counter: FileCounter,
  keepsTime: boolean,
  { continue: continues = false }: FtpFilesOptions,
): Promise<number> {
  const options = { local, remote, continues, modified: keepsTime ? modified : undefined, ...counter }
  return pool.run(session => uploadFile(session, options))
}
