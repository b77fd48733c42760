/** Errors of the store. Pure. */
import { FourwireError } from '../errors.ts'

/**
 * - `full`: no space left on the device, or a bound of the store is reached. SMTP replies 452.
 * - `busy`: another process has locked the database for too long, or a statement takes too long.
 * - `unavailable`: the database server cannot be reached, or the connection to it was lost. Whether a change that was under way
 *   was made is unknown, so it counts as not made.
 * - `version`: a newer Fourwire wrote the store.
 * - `conflict`: a row with this key exists.
 * - `closed`: used after `close`.
 * - `failed`: anything else; `cause` has the error of the database.
 */
export type StoreErrorCode = 'full' | 'busy' | 'unavailable' | 'version' | 'conflict' | 'closed' | 'failed'

export class StoreError extends FourwireError {
  override readonly name = 'StoreError'
  readonly exitCode = 1
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const TEMPORARY: ReadonlySet<StoreErrorCode> = new Set(['busy', 'unavailable', 'closed'])

/** True for an error of the store that has nothing to do with the request: the client can send it again later. */
export function isTemporary(error: unknown): error is StoreError {
  return error instanceof StoreError && TEMPORARY.has(error.code)
}
