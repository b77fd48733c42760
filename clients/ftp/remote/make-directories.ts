/** Creates directories on the server. */
import { RefusedError } from '../../../shared/errors.ts'
import type { FtpEntry } from '../session/entry.ts'
import type { FtpSession } from '../session/session.ts'

/** Returns the entry of a path; undefined if it does not exist. */
export async function statIfPresent(session: FtpSession, path: string): Promise<FtpEntry | undefined> {
  try {
    return await session.stat(path)
  } catch (error) {
    if (error instanceof RefusedError && error.code === 550) return undefined
    throw error
  }
}

/** Creates a directory, unless it exists; returns true if it was created. */
export async function makeDirectoryIfMissing(session: FtpSession, path: string): Promise<boolean> {
  try {
    await session.makeDirectory(path)
    return true
  } catch (error) {
    const entry = error instanceof RefusedError ? await statIfPresent(session, path) : undefined
    if (entry?.type !== 'directory') throw error
    return false
  }
}

/** Creates a directory and those above it that do not exist; returns true if the directory itself was created. */
export async function makeDirectories(session: FtpSession, path: string): Promise<boolean> {
  const parts = path.split('/').filter(part => part !== '')
  const root = path.startsWith('/') ? '/' : ''
  // Most often only the last one is missing.
  const isPresent = await statIfPresent(session, path)
  if (isPresent?.type === 'directory') return false
  let isCreated = false
  for (const index of parts.keys()) {
    isCreated = await makeDirectoryIfMissing(session, root + parts.slice(0, index + 1).join('/'))
  }
  return isCreated
}
