/** Returns the hash of a file. */
import type { ClientOptions } from '../../../shared/service.ts'
import type { FtpHashAlgorithm } from '../remote/algorithms.ts'
import type { FtpHash } from '../remote/hash-file.ts'
import type { FtpTarget } from '../target.ts'
import { runOnPath } from './in-session.ts'
import type { FtpResult } from './result.ts'

export interface FtpHashRequest extends FtpTarget {
  /** Default: `sha-256`. */
  readonly algorithm?: FtpHashAlgorithm | undefined
}

export type FtpHashResult = FtpResult & FtpHash

/** Returns the hash of a file: from the server (HASH) if it offers the algorithm, otherwise of a download. Throws like `list`. */
export async function hash(request: FtpHashRequest, options: ClientOptions = {}): Promise<FtpHashResult> {
  const { hashFile } = await import('../remote/hash-file.ts')
  let result: FtpHash | undefined
  const { server, path } = await runOnPath(request, options, async (session, path) => {
    result = await hashFile(session, path, request.algorithm ?? 'sha-256')
  })
  if (!result) throw new Error('the operation has no result')
  return { server, path, ...result }
}
