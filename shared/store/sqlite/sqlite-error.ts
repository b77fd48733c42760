/** Errors of SQLite as errors of the store. Pure. */
import { errorCode, errorText } from '../../errors.ts'
import { StoreError, type StoreErrorCode } from '../store-error.ts'

const BUSY = 5
const READONLY = 8

/** Primary result codes: https://www.sqlite.org/rescode.html */
const CODES: Readonly<Record<number, { readonly code: StoreErrorCode; readonly text: string }>> = {
  [BUSY]: { code: 'busy', text: 'another process has locked the file for too long. Stop it, or try again later' },
  6: { code: 'busy', text: 'another process has locked the file for too long. Stop it, or try again later' },
  [READONLY]: { code: 'failed', text: 'the file cannot be written. Check the permissions of the file and its folder' },
  10: { code: 'failed', text: 'the disk failed' },
  11: { code: 'failed', text: 'the file is damaged. Restore a copy, or move the file away' },
  13: { code: 'full', text: 'no space left on the disk' },
  14: { code: 'failed', text: 'the file cannot be opened. Check the permissions of the file and its folder' },
  19: { code: 'conflict', text: 'it exists already' },
  26: { code: 'failed', text: 'the file is not a SQLite database. Move it away, or use another data folder' },
}

/** The library of Node 20 throws errors without a code from prepared statements. */
function codeOfText(error: unknown): number {
  return errorText(error) === 'database is locked' ? BUSY : Number.NaN
}

/** Returns the error of the store for one that SQLite threw. */
export function sqliteError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const extended = errorCode(error) === 'EACCES' ? READONLY : Number(Object(error).errcode ?? codeOfText(error))
  const { code, text } = CODES[extended & 0xff] ?? { code: 'failed' as const, text: errorText(error) }
  return new StoreError(code, text, { cause: error })
}
