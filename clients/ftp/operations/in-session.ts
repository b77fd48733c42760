/** Runs operations in sessions of their own. */
import { UsageError } from '../../../shared/errors.ts'
import type { ClientOptions } from '../../../shared/service.ts'
import type { FtpSession } from '../session/session.ts'
import { type FtpTarget, type ResolvedTarget, resolveTarget } from '../target.ts'
import type { FtpResult } from './result.ts'

/** Calls `withSession`; loads it, with basic-ftp, for the first session. */
export async function inSession<Result>(
  target: ResolvedTarget,
  options: ClientOptions,
  run: (session: FtpSession) => Promise<Result>,
): Promise<Result> {
  const { withSession } = await import('../session/session.ts')
  return withSession(target, options, run)
}

/** Runs an operation on the path of the target, which must have one. */
export async function runOnPath(
  request: FtpTarget,
  options: ClientOptions,
  run: (session: FtpSession, path: string) => Promise<unknown>,
): Promise<FtpResult> {
  const target = resolveTarget(request)
  if (target.path === '') throw new UsageError('the URL has no path. Add one')
  return inSession(target, options, async session => {
    await run(session, target.path)
    return { server: session.server, path: target.path }
  })
}
