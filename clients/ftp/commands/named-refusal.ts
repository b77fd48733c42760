/** Adds to the error of a refused operation the path that the reply does not name, or what the login lacks. */
import { RefusedError } from '../../../shared/errors.ts'
import { type FtpTarget, type ResolvedTarget, resolveTarget } from '../target.ts'
import { printable } from './format-listing.ts'
import { loginAdvice } from './login-advice.ts'

/** The reply to a refused login (RFC 959, section 5.4). */
const NOT_LOGGED_IN = 530

/** Runs an operation. */
export async function withNamedRefusal<Result>(target: FtpTarget, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    const message = explain(error, resolveTarget(target))
    throw message === undefined ? error : new RefusedError(error.code, error.text, { message, cause: error })
  }
}

function explain({ code, text, message }: RefusedError, target: ResolvedTarget): string | undefined {
  const advice = code === NOT_LOGGED_IN ? loginAdvice(text, target) : undefined
  if (advice !== undefined) return `${message.replace(/\.$/, '')}. ${advice}`
  // Messages of several failures name their paths already.
  const isReply = message === `${code} ${text}`
  return isReply && isFileReply(code) && target.path !== '' ? `${printable(target.path)}: ${message}` : undefined
}

/** Returns true for replies about files: x5z (RFC 959, section 4.2.1). */
function isFileReply(code: number | string): boolean {
  return typeof code === 'number' && Math.floor(code / 10) % 10 === 5
}
