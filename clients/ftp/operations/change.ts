/** Changes files and directories on the server: removes, creates, moves, changes permissions. */
import { UsageError } from '../../../shared/errors.ts'
import type { ClientOptions } from '../../../shared/service.ts'
import { type FtpTarget, resolveNewPath, resolveTarget } from '../target.ts'
import { DEFAULT_PARALLEL } from './files-request.ts'
import { runOnPath } from './in-session.ts'
import type { FtpResult } from './result.ts'

export interface FtpRemoveRequest extends FtpTarget {
  /** Removes a directory with all that is in it. Follows no links. */
  readonly recursive?: boolean | undefined
}

/** What was removed. */
export interface FtpRemoveResult extends FtpResult {
  readonly files: number
  readonly directories: number
}

export interface FtpMakeDirectoryRequest extends FtpTarget {
  /** Creates the directories above it too, and accepts one that exists. */
  readonly parents?: boolean | undefined
}

export interface FtpMoveRequest extends FtpTarget {
  /** An absolute path if it starts with `/`; otherwise relative to the directory of the old name. */
  readonly to: string
}

export interface FtpChangeModeRequest extends FtpTarget {
  /** Permissions in octal digits: `644`. */
  readonly mode: string
}

export interface FtpMakeDirectoryResult extends FtpResult {
  /** False if the directory existed already, which is an error without `parents`. */
  readonly created: boolean
}

/** Removes a file (DELE), or an empty directory (RMD) if the path ends with `/`. Throws like `list`. */
export async function remove(request: FtpRemoveRequest, options: ClientOptions = {}): Promise<FtpRemoveResult> {
  if (request.recursive) return removeRecursively(request, options)
  const { removeDirectory, removeFile } = await import('../remote/explained-changes.ts')
  let isDirectory = false
  const result = await runOnPath(request, options, async (session, path) => {
    isDirectory = path.endsWith('/')
    if (isDirectory) await removeDirectory(session, path.replace(/(?<=.)\/+$/, ''))
    else await removeFile(session, path)
  })
  return { ...result, files: isDirectory ? 0 : 1, directories: isDirectory ? 1 : 0 }
}

async function removeRecursively(request: FtpTarget, options: ClientOptions): Promise<FtpRemoveResult> {
  const target = resolveTarget(request)
  const { withPool } = await import('../session/pool.ts')
  const { removeTree } = await import('../remote/remove-tree.ts')
  return withPool(target, options, DEFAULT_PARALLEL, async pool => {
    const counts = await removeTree(pool, target.path)
    return { server: pool.server, path: target.path, ...counts }
  })
}

/** Creates a directory (MKD). Throws like `list`. */
export async function makeDirectory(
  request: FtpMakeDirectoryRequest,
  options: ClientOptions = {},
): Promise<FtpMakeDirectoryResult> {
  const { makeDirectories } = await import('../remote/make-directories.ts')
  const { makeDirectory } = await import('../remote/explained-changes.ts')
  let created = true
  const result = await runOnPath(request, options, async (session, path) => {
    if (request.parents) created = await makeDirectories(session, path)
    else await makeDirectory(session, path)
  })
  return { ...result, created }
}

/** Renames or moves a file or directory (RNFR, RNTO). Throws like `list`. */
export async function move(request: FtpMoveRequest, options: ClientOptions = {}): Promise<FtpResult & { to: string }> {
  const to = resolveNewPath(resolveTarget(request).path, request.to)
  const result = await runOnPath(request, options, (session, path) => session.move(path, to))
  return { ...result, to }
}

/** Changes permissions (SITE CHMOD). Throws like `list`. */
export async function changeMode(request: FtpChangeModeRequest, options: ClientOptions = {}): Promise<FtpResult> {
  const { mode } = request
  if (!/^[0-7]{3,4}$/.test(mode)) {
    throw new UsageError(`${JSON.stringify(mode)} is not a mode. Give three or four octal digits, such as 644`)
  }
  return runOnPath(request, options, (session, path) => session.changeMode(path, mode))
}
