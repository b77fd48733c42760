/** What went wrong in an exchange, said as one of the errors a user knows. */
import { errorCode, errorText, FourwireError, RefusedError, UsageError } from '../../shared/errors.ts'
import type { ClientOptions } from '../../shared/service.ts'

const TIMEOUT = 'the server took too long to answer'
const CLOSED = 'the server closed the connection before its answer was complete'

/** The codes of undici and of the system. */
const REASONS: Readonly<Record<string, readonly [code: string, text: string]>> = {
  UND_ERR_HEADERS_TIMEOUT: ['timeout', TIMEOUT],
  UND_ERR_BODY_TIMEOUT: ['timeout', TIMEOUT],
  UND_ERR_HEADERS_OVERFLOW: ['long', 'the head of the answer is too long'],
  UND_ERR_SOCKET: ['closed', CLOSED],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['closed', CLOSED],
  ECONNRESET: ['closed', CLOSED],
  EPIPE: ['closed', CLOSED],
}

/**
 * The error to throw. What the caller asked for (its signal) comes before what came of it.
 *
 * @throws the signal's reason, where it was aborted
 */
export function failure(error: unknown, options: ClientOptions): unknown {
  options.signal?.throwIfAborted()
  if (error instanceof FourwireError) return error
  const code = errorCode(error) ?? ''
  if (code.startsWith('UND_ERR_INVALID_ARG')) return new UsageError(errorText(error), { cause: error })
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return new RefusedError('protocol', `it does not speak HTTP: ${error.message}`, { cause: error })
  }
  const [word, text] = REASONS[code] ?? []
  return word === undefined || text === undefined ? error : new RefusedError(word, text, { cause: error })
}
