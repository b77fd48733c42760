/** Translates errors of undici and the system into those of Fourwire. */
import { errorCode, errorText, FourwireError, RefusedError, UsageError } from '../../shared/errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../shared/net/connect.ts'
import type { ClientOptions } from '../../shared/service.ts'

const CLOSED = 'the server closed the connection before the response was complete'
const UNANSWERED = 'the server closed the connection before it sent the head of a response'

/** Codes and texts of a RefusedError, by the code of undici or the system. */
const REFUSALS: Readonly<Record<string, readonly [code: string, text: string]>> = {
  UND_ERR_HEADERS_OVERFLOW: ['long', 'the head of the response is too long'],
  UND_ERR_SOCKET: ['closed', CLOSED],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['closed', CLOSED],
  ECONNRESET: ['closed', CLOSED],
  EPIPE: ['closed', CLOSED],
}

/** Texts by the message of undici, which has one code for many failures of a socket. */
const SOCKET_FAILURES: Readonly<Record<string, string>> = {
  'bad response': 'the server sent 100 Continue, which the request did not ask for',
  'bad upgrade': 'the server switched protocols (101), which the request did not ask for',
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
  if (errorCode(error) === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return new RefusedError('protocol', 'the Content-Length of the response is not the length of its body', {
      cause: error,
    })
  }
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
  const failure = code === 'UND_ERR_SOCKET' ? SOCKET_FAILURES[errorText(error)] : undefined
  if (failure !== undefined) return new RefusedError('protocol', failure, { cause: error })
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    const seconds = (options.timeout ?? DEFAULT_TIMEOUT_MS) / 1000
    return new RefusedError('timeout', `the server sent nothing for ${seconds} s, the timeout`, { cause: error })
  }
  const refusal = REFUSALS[code]
  return refusal ? new RefusedError(...refusal, { cause: error }) : error
}
