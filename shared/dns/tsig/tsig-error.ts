/** TSIG errors (RFC 8945, section 3). Pure. */
import type { TsigVariables } from './record.ts'

/** In the OPT record, 16 is BADVERS instead. */
export const TSIG_ERROR_CODES = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

export type TsigErrorCode = keyof typeof TSIG_ERROR_CODES

/** The signature of a response is missing or invalid. */
export class TsigError extends Error {
  override readonly name = 'TsigError'
  /** Undefined if the response is not signed as required. */
  readonly code: TsigErrorCode | undefined

  constructor(code: TsigErrorCode | undefined, message: string) {
    super(message)
    this.code = code
  }
}

/** Returns the error in a TSIG record. */
export function tsigErrorCode({ error }: Pick<TsigVariables, 'error'>): TsigErrorCode | undefined {
  const names: readonly TsigErrorCode[] = ['BADSIG', 'BADKEY', 'BADTIME', 'BADTRUNC']
  return names.find(name => TSIG_ERROR_CODES[name] === error)
}
