/** Adds to the error of a refused operation the path that the reply does not name, or the password that is missing. */
import { RefusedError } from '../../../shared/errors.ts'
import { type FtpTarget, isAnonymous, resolveTarget } from '../target.ts'
import { printable } from './format-listing.ts'

/** Runs an operation. */
export async function withNamedRefusal<Result>(target: FtpTarget, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    const message = explain(error, target)
    throw message === undefined ? error : new RefusedError(error.code, error.text, { message, cause: error })
  }
}

function explain(error: RefusedError, target: FtpTarget): string | undefined {
  const { code, text, message } = error
  const { path, user, password } = resolveTarget(target)
  if (code === 530 && password === '' && !isAnonymous(target)) {
    return `${message.replace(/\.$/, '')}. Give the password of ${user} with --password PASSWORD`
  }
  // Messages of several failures name their paths already.
  const isReply = message === `${code} ${text}`
  return isReply && isFileReply(code) && path !== '' ? `${printable(path)}: ${message}` : undefined
}

/** Returns true for replies about files: x5z (RFC 959, section 4.2.1). */
function isFileReply(code: number | string): boolean {
  return typeof code === 'number' && Math.floor(code / 10) % 10 === 5
}
