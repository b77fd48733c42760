/** Changes files and directories on the server: removes, creates, moves. */
import type { ClientOptions } from '../../../shared/service.ts'
import { type FtpTarget, resolveNewPath, resolveTarget } from '../target.ts'
import { runOnPath } from './in-session.ts'
import type { FtpResult } from './result.ts'

export interface FtpMoveRequest extends FtpTarget {
  /** An absolute path if it starts with `/`; otherwise relative to the directory of the old name. */
  readonly to: string
}

/** Removes a file (DELE), or an empty directory (RMD) if the path ends with `/`. Throws like `list`. */
export async function remove(request: FtpTarget, options: ClientOptions = {}): Promise<FtpResult> {
  return runOnPath(request, options, async (session, path) => {
    if (path.endsWith('/')) await session.removeDirectory(path.replace(/(?<=.)\/+$/, ''))
    else await session.removeFile(path)
  })
}

/** Creates a directory (MKD). Throws like `list`. */
export async function makeDirectory(request: FtpTarget, options: ClientOptions = {}): Promise<FtpResult> {
  return runOnPath(request, options, (session, path) => session.makeDirectory(path))
}

/** Renames or moves a file or directory (RNFR, RNTO). Throws like `list`. */
export async function move(request: FtpMoveRequest, options: ClientOptions = {}): Promise<FtpResult & { to: string }> {
  const to = resolveNewPath(resolveTarget(request).path, request.to)
  const result = await runOnPath(request, options, (session, path) => session.move(path, to))
  return { ...result, to }
}
