/** Errors of SQLite as errors of the store. Pure. */
import { errorText } from '../../errors.ts'
import { StoreError, type StoreErrorCode } from '../store-error.ts'

/** Primary result codes: https://www.sqlite.org/rescode.html */
const CODES: Readonly<Record<number, { readonly code: StoreErrorCode; readonly text: string }>> = {
  5: { code: 'busy', text: 'another process has locked the store for too long' },
  6: { code: 'busy', text: 'another process has locked the store for too long' },
  8: { code: 'failed', text: 'the store cannot be written' },
  10: { code: 'failed', text: 'the disk failed' },
  11: { code: 'failed', text: 'the store is damaged. Restore a copy, or move the file away' },
  13: { code: 'full', text: 'no space left for the store' },
  14: { code: 'failed', text: 'the store cannot be opened' },
  19: { code: 'conflict', text: 'it exists already' },
  26: { code: 'failed', text: 'the file is not a SQLite database' },
}

/** Returns the error of the store for one that SQLite threw. */
export function sqliteError(error: unknown, file?: string): StoreError {
  if (error instanceof StoreError) return error
  const extended = Number(Object(error).errcode ?? Number.NaN)
  const { code, text } = CODES[extended & 0xff] ?? { code: 'failed' as const, text: errorText(error) }
  return new StoreError(code, file === undefined ? text : `cannot open ${file}: ${text}`, { cause: error })
}
