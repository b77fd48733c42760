/** Translates the errors of basic-ftp and of sockets. */
import { FTPError } from 'basic-ftp'
import { errorText, FourwireError, RefusedError } from '../../../shared/errors.ts'

/** The code of errors that are not a reply: the connection broke, the server did not reply, or the reply is invalid. */
export const FAILED = 'failed'

const NO_REPLY = 'it did not answer in time'

/** Returns the error of an operation as the client reports it. */
export function translateError(error: unknown): Error {
  if (error instanceof FourwireError) return error
  if (error instanceof FTPError) return new RefusedError(error.code, replyText(error.message), { cause: error })
  const reason = /^Timeout /.test(errorText(error)) ? NO_REPLY : errorText(error)
  return new RefusedError(FAILED, reason, { message: `the FTP server failed: ${reason}`, cause: error })
}

/** Returns the text of a reply in one line, without codes. */
export function replyText(message: string): string {
  return message
    .split('\n')
    .map(line => line.replace(/^\d{3}[ -]/, '').trim())
    .join(' ')
}

/** Replies to a transfer whose data connection broke, and to a session that ends (RFC 959, section 4.2). */
const BROKEN_CODES: ReadonlySet<number | string> = new Set([421, 425, 426, FAILED])

/** Returns true if a transfer failed because of its connection, and another attempt can succeed. */
export function isBrokenConnection(error: unknown): boolean {
  return error instanceof RefusedError && BROKEN_CODES.has(error.code) && error.text !== NO_REPLY
}

/** Returns true for a reply 5yz: the same command will fail again. */
export function isPermanent(error: unknown): error is RefusedError {
  return error instanceof RefusedError && typeof error.code === 'number' && error.code >= 500
}
