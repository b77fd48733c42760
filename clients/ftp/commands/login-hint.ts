/** Adds to the error of a refused change that the client was anonymous, and how to log in. */
import { RefusedError } from '../../../shared/errors.ts'
import { ExplainedRefusal } from '../remote/explained-refusal.ts'
import { type FtpTarget, isAnonymous, resolveTarget } from '../target.ts'
import { withNamedRefusal } from './named-refusal.ts'

/** Replies to a command for which the account lacks permission (RFC 959, section 4.2). */
const PERMISSION_CODES: ReadonlySet<number | string> = new Set([532, 550, 553])

/** Runs a change. */
export async function withLoginHint<Result>(target: FtpTarget, run: () => Promise<Result>): Promise<Result> {
  try {
    return await withNamedRefusal(target, run)
  } catch (error) {
    if (!(error instanceof RefusedError) || !PERMISSION_CODES.has(error.code)) throw error
    if (error instanceof ExplainedRefusal || !isAnonymous(resolveTarget(target))) throw error
    const message = `${error.message.replace(/\.$/, '')}. You are anonymous. Log in with --user NAME --password PASSWORD`
    throw new RefusedError(error.code, error.text, { message, cause: error })
  }
}
