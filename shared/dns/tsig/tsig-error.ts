/** What can be wrong with a signature (RFC 8945, section 3). Pure. */
import type { TsigVariables } from './record.ts'

/** By their rcodes. The number 16 is BADVERS elsewhere. */
export const TSIG_ERROR_CODES = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

export type TsigErrorCode = keyof typeof TSIG_ERROR_CODES

/** A response whose signature does not hold: it is not to be believed. */
export class TsigError extends Error {
  override readonly name = 'TsigError'
  /** Undefined where the response was not signed at all. */
  readonly code: TsigErrorCode | undefined

  constructor(code: TsigErrorCode | undefined, message: string) {
    super(message)
    this.code = code
  }
}

/** The code that a record tells of. */
export function tsigErrorCode({ error }: Pick<TsigVariables, 'error'>): TsigErrorCode | undefined {
  const names: readonly TsigErrorCode[] = ['BADSIG', 'BADKEY', 'BADTIME', 'BADTRUNC']
  return names.find(name => TSIG_ERROR_CODES[name] === error)
}
