/** Converts errors of `pg` into errors of the store. Pure. */
import { errorCode, errorText } from '../../errors.ts'
import { StoreError, type StoreErrorCode } from '../store-error.ts'

/** SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CODES: Readonly<Record<string, StoreErrorCode>> = {
  '23505': 'conflict',
  '53100': 'full',
  '55P03': 'busy',
  '40P01': 'busy',
  // The statement exceeded `statement_timeout`.
  '57014': 'busy',
  // The server has too many connections.
  '53300': 'unavailable',
  // The server is a standby: the balancer in front of it has not moved yet, or the primary is restarting as one.
  '25006': 'unavailable',
  // An administrator, or a crash, ended the connection; the server is starting or stopping; the session was idle for too long.
  '57P01': 'unavailable',
  '57P02': 'unavailable',
  '57P03': 'unavailable',
  '57P05': 'unavailable',
}

/** SQLSTATE class 08 has the errors of connections. */
const CONNECTION_ERROR = /^08[0-9A-Z]{3}$/
/** Errors of the operating system, such as ECONNREFUSED. Those of node begin with `ERR_`. */
const SYSTEM_ERROR = /^E(?!RR_)[A-Z0-9_]+$/

/** The texts of `pg` for a time that is over, and what each means. */
const NO_ANSWER = ['unavailable', 'it did not answer in time'] as const
const TIMEOUTS: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  'timeout expired': NO_ANSWER,
  'Connection terminated due to connection timeout': NO_ANSWER,
  'Query read timeout': NO_ANSWER,
  'timeout exceeded when trying to connect': ['busy', 'no connection became free in time'],
}

/** Returns the error of the store; one that is an error of the store already, as it is. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const [code, reason] = TIMEOUTS[errorText(error)] ?? [storeErrorCode(error), reasonOf(error)]
  return new StoreError(code, reason, { cause: error })
}

function storeErrorCode(error: unknown): StoreErrorCode {
  const code = errorCode(error)
  if (code !== undefined) {
    return CODES[code] ?? (CONNECTION_ERROR.test(code) || SYSTEM_ERROR.test(code) ? 'unavailable' : 'failed')
  }
  // An error of the server has a code. What `pg` throws without one is about its connection, unless it is a defect.
  return error instanceof Error && !(error instanceof TypeError) ? 'unavailable' : 'failed'
}

/** An error of several addresses, such as those of `localhost`, has no text of its own. */
function reasonOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(errorText).join(', ') : errorText(error)
}
