/** Errors of the store. Pure. */
import { FourwireError } from '../errors.ts'

/**
 * - `full`: no space left on the device, or a bound of the store is reached. SMTP replies 452.
 * - `busy`: another process has locked the database for too long.
 * - `version`: a newer Fourwire wrote the store.
 * - `conflict`: a row with this key exists.
 * - `closed`: used after `close`.
 * - `failed`: anything else; `cause` has the error of the database.
 */
export type StoreErrorCode = 'full' | 'busy' | 'version' | 'conflict' | 'closed' | 'failed'

export class StoreError extends FourwireError {
  override readonly name = 'StoreError'
  readonly exitCode = 1
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
