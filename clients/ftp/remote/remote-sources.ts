/** Finds what a path or pattern on the server names. */
import { RefusedError } from '../../../shared/errors.ts'
import type { FtpEntry } from '../session/entry.ts'
import type { SessionPool } from '../session/pool.ts'
import type { FtpSession } from '../session/session.ts'
import { expandPattern, isPattern, literalOf } from '../transfer/glob.ts'

export interface RemoteSource {
  readonly path: string
  readonly entry: FtpEntry
}

/**
 * Returns the files and directories.
 *
 * @param isGlob true if the path may be a pattern
 * @throws RefusedError if there are none
 */
export async function findRemoteSources(pool: SessionPool, path: string, isGlob: boolean): Promise<RemoteSource[]> {
  const paths = isGlob && isPattern(path) ? await expandRemotely(pool, path) : [isGlob ? literalOf(path) : path]
  if (paths.length === 0) throw new RefusedError('no-match', `no file on the server matches ${JSON.stringify(path)}`)
  return Promise.all(
    paths.map(async found => ({
      path: found,
      entry: await pool.run(session => statSource(session, withoutSlash(found))),
    })),
  )
}

/** The login directory and the root have no name by which they are listed. */
async function statSource(session: FtpSession, path: string): Promise<FtpEntry> {
  return path === '' || path === '/' ? { name: '', type: 'directory', size: 0 } : session.stat(path)
}

/** Returns the paths on the server that match a pattern. */
export async function expandRemotely(pool: SessionPool, pattern: string): Promise<string[]> {
  return expandPattern(pattern, async folder => {
    const entries = await pool.run(session => session.list(folder))
    return entries.map(({ name, type }) => ({ name, isFolder: type === 'directory' }))
  })
}

/** Returns a path without slashes at its end; the root keeps its own. */
export function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, '')
}
