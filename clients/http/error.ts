/** Translates errors of undici and the system into those of Fourwire. */
import { errorCode, errorText, FourwireError, RefusedError, UsageError } from '../../shared/errors.ts'
import type { ClientOptions } from '../../shared/service.ts'

const TIMEOUT = 'the server did not respond in time'
const CLOSED = 'the server closed the connection before the response was complete'
const UNANSWERED = 'the server closed the connection before it sent the head of a response'

/** Codes and texts of a RefusedError, by the code of undici or the system. */
const REFUSALS: Readonly<Record<string, readonly [code: string, text: string]>> = {
  UND_ERR_HEADERS_TIMEOUT: ['timeout', TIMEOUT],
  UND_ERR_BODY_TIMEOUT: ['timeout', TIMEOUT],
  UND_ERR_HEADERS_OVERFLOW: ['long', 'the head of the response is too long'],
  UND_ERR_SOCKET: ['closed', CLOSED],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['closed', CLOSED],
  ECONNRESET: ['closed', CLOSED],
  EPIPE: ['closed', CLOSED],
}

/**
 * Returns the error to throw instead while the head of a response is awaited.
 *
 * @param scheme of the URL
 * @throws the reason of the signal if the caller aborted it
 */
export function translateSendError(error: unknown, scheme: 'http' | 'https', options: ClientOptions): unknown {
  const translated = translateError(error, options)
  if (!(translated instanceof RefusedError) || translated.code !== 'closed') return translated
  const hint = scheme === 'http' ? '. If it is an https server, write https://' : ''
  return new RefusedError('closed', `${UNANSWERED}${hint}`, { cause: error })
}

/**
 * Returns the error to throw instead.
 *
 * @throws the reason of the signal if the caller aborted it
 */
export function translateError(error: unknown, options: ClientOptions): unknown {
  options.signal?.throwIfAborted()
  if (error instanceof FourwireError) return error
  const code = errorCode(error) ?? ''
  if (code.startsWith('UND_ERR_INVALID_ARG')) return new UsageError(errorText(error), { cause: error })
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return new RefusedError('protocol', `the server does not speak HTTP: ${error.message}`, { cause: error })
  }
  if (code.startsWith('ERR_HTTP2_') || code === 'UND_ERR_INFO') {
    return new RefusedError('protocol', `the exchange over HTTP/2 failed: ${errorText(error)}`, { cause: error })
  }
  const refusal = REFUSALS[code]
  return refusal ? new RefusedError(...refusal, { cause: error }) : error
}
