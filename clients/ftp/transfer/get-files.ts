/** Downloads files, folders and what matches a pattern. */
import { lstat, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { errorCode, UsageError } from '../../../shared/errors.ts'
import { localError } from '../local/local-file.ts'
import type { FtpGetFilesRequest } from '../operations/files-request.ts'
import type { FtpFilesResult } from '../operations/files-result.ts'
import { findRemoteSources, type RemoteSource } from '../remote/remote-sources.ts'
import { addTimes, readRemoteTree, toTreeEntry } from '../remote/remote-tree.ts'
import { isBrokenConnection } from '../session/error.ts'
import type { SessionPool } from '../session/pool.ts'
import { baseName } from '../target.ts'
import { ChangedFileError, downloadFile } from './download-file.ts'
import { execute, type Work } from './execute.ts'
import { readLocalEntry, readLocalTree } from './local-tree.ts'
import type { FtpPartial } from './partial.ts'
import { isSameDownload, planTransfer } from './plan.ts'
import type { FileCounter } from './progress.ts'
import { isSafeName } from './safe-name.ts'
import { joinPath, type TreeEntry } from './tree.ts'

export type GetFilesSettings = Omit<FtpGetFilesRequest, 'url' | 'host' | 'port' | 'path'> & {
  /** The folder for files without a target. Default: `.` */
  readonly workingFolder?: string | undefined
} & {
  readonly signal?: AbortSignal
}

/** Downloads what the path names with the sessions of the pool. */
export async function getFilesWith(
  pool: SessionPool,
  remotePath: string,
  settings: GetFilesSettings,
): Promise<FtpFilesResult> {
  const { mirror = false, dryRun = false, onProgress } = settings
  const sources = await findRemoteSources(pool, remotePath, settings.glob ?? false)
  if (mirror) checkMirror(sources, remotePath)
  const to = await findTargets(sources, remotePath, settings)
  const works: Work[] = []
  for (const source of sources) works.push(await planSource(pool, source, to(source), settings))
  return execute(pool, works, { transferAction: 'download', dryRun, onProgress })
}

function checkMirror([source, ...others]: readonly RemoteSource[], remotePath: string): void {
  if (others.length === 0 && source?.entry.type === 'directory') return
  throw new UsageError(`--mirror needs one directory, and ${JSON.stringify(remotePath)} is not one. Omit --mirror`)
}

/** Returns the local path for each source, as `cp -r` does; of a mirror, the folder itself. */
async function findTargets(
  sources: readonly RemoteSource[],
  remotePath: string,
  settings: GetFilesSettings,
): Promise<(source: RemoteSource) => string> {
  const { to = settings.workingFolder ?? '.' } = settings
  if (settings.mirror && settings.to !== undefined) return () => to
  const isFolder = to.endsWith('/') || to.endsWith(path.sep) || (await readLocalEntry(to))?.type === 'directory'
  if (!isFolder && sources.length === 1) return () => to
  if (!isFolder) throw new UsageError(`${JSON.stringify(remotePath)} names several files, and ${to} is not a folder`)
  return source => path.join(to, localName(source))
}

/** Returns the name of a file or directory for a local file; the server must not lead out of the local folder. */
function localName({ path: remotePath }: RemoteSource): string {
  const name = baseName(remotePath)
  if (isSafeName(name, process.platform)) return name
  throw new UsageError(
    `${JSON.stringify(remotePath)} does not end with a file name. Give a new local name: get URL NAME`,
  )
}

async function planSource(
  pool: SessionPool,
  { path: remoteRoot, entry }: RemoteSource,
  localRoot: string,
  settings: GetFilesSettings,
): Promise<Work> {
  const { mirror = false } = settings
  const isTree = entry.type === 'directory'
  const tree = isTree ? await readRemoteTree(pool, remoteRoot) : { entries: [], unsafe: [] }
  const root = toTreeEntry(entry, '')
  // A link that is named is followed.
  const listed = [isTree ? root : { ...root, type: 'file' as const }, ...tree.entries]
  const local = mirror ? await readMirror(localRoot) : []
  const sizes = new Map(local.map(({ path, size }) => [path, size]))
  const keepsTimes = settings.keepTimes ?? (isTree || mirror)
  const entries = await addTimes(pool, remoteRoot, listed, file => keepsTimes || sizes.get(file.path) === file.size)
  const plan = planTransfer(entries, local, { isSame: isSameDownload, deletes: settings.delete ?? false })
  const unsafe = tree.unsafe.map(path => ({ path, reason: 'its name could lead out of the local folder' }))
  const localPath = (relative: string) => path.join(localRoot, relative)
  return {
    plan: { ...plan, skipped: [...plan.skipped, ...unsafe] },
    pathOf: localPath,
    remove: ({ path: relative }) => removeLocally(localPath(relative)),
    createFolder: relative => createLocalFolder(localRoot, relative),
    transfer: (file, counter) => download(pool, remoteRoot, localPath(file.path), file, counter, keepsTimes, settings),
  }
}

/** Reads the folder that becomes a mirror, and the root itself. */
async function readMirror(localRoot: string): Promise<TreeEntry[]> {
  const root = await readLocalEntry(localRoot)
  if (!root) return []
  return root.type === 'directory' ? [root, ...(await readLocalTree(localRoot))] : [root]
}

async function removeLocally(file: string): Promise<void> {
  await rm(file, { recursive: true, force: true }).catch((cause: unknown) => {
    throw localError('delete', file, cause)
  })
}

/** Creates a folder. A link to a folder is in place of it only if the user named it. */
async function createLocalFolder(root: string, relative: string): Promise<void> {
  const folder = path.join(root, relative)
  try {
    await mkdir(folder, { recursive: relative === '' })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await lstat(folder)).isDirectory()) throw localError('create', folder, error)
  }
}

/** Downloads a file; again in another session, from where it ended, if a connection breaks. */
async function download(
  pool: SessionPool,
  remoteRoot: string,
  local: string,
  entry: TreeEntry,
  counter: FileCounter,
  keepsTime: boolean,
  { continue: continues = false, onPartial }: GetFilesSettings,
): Promise<number> {
  const remote = joinPath(remoteRoot, entry.path)
  let partial: FtpPartial | undefined
  const rememberPartial = (found: FtpPartial) => {
    partial = found
  }
  const options = { remote, local, entry, keepsTime, ...counter, onPartial: rememberPartial }
  const attempt = (continues: boolean) => pool.run(session => downloadFile(session, { ...options, continues }))
  try {
    return await attempt(continues).catch((error: unknown) => {
      const isChanged = error instanceof ChangedFileError
      if (!isChanged && !isBrokenConnection(error)) throw error
      partial = undefined
      return attempt(!isChanged)
    })
  } catch (error) {
    if (partial) onPartial?.(partial)
    throw error
  }
}
