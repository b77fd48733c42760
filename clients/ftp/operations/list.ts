/** Lists a directory. */
import type { ClientOptions } from '../../../shared/service.ts'
import type { FtpEntry } from '../session/entry.ts'
import { type FtpTarget, resolveTarget } from '../target.ts'
import { inSession } from './in-session.ts'
import type { FtpResult } from './result.ts'

/** The entries of a directory, or the entry of one file. */
export interface FtpListing extends FtpResult {
  readonly entries: readonly FtpEntry[]
}

/**
 * Lists a directory (MLSD, or LIST if the server does not support it) or one file.
 *
 * @throws UsageError if the URL is malformed
 * @throws UnreachableError if no server listens there
 * @throws RefusedError with the code and text of a negative reply
 */
export async function list(request: FtpTarget, options: ClientOptions = {}): Promise<FtpListing> {
  const target = resolveTarget(request)
  return inSession(target, options, async session => {
    const entries = await session.list(target.path)
    if (entries.length === 0) await session.checkEmpty(target.path)
    return { server: session.server, path: target.path, entries }
  })
}
