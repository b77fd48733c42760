/** What can be wrong with a signature (RFC 8945, section 3). Pure. */
import type { TsigVariables } from './record.ts'

/** By their rcodes. The number 16 is BADVERS elsewhere. */
export const FAILURES = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

export type TsigFailure = keyof typeof FAILURES

/** A response whose signature does not hold: it is not to be believed. */
export class TsigError extends Error {
  override readonly name = 'TsigError'
  /** Undefined where the response was not signed at all. */
  readonly failure: TsigFailure | undefined

  constructor(failure: TsigFailure | undefined, message: string) {
    super(message)
    this.failure = failure
  }
}

/** The failure that a record tells of. */
export function failureOf({ error }: Pick<TsigVariables, 'error'>): TsigFailure | undefined {
  const names: readonly TsigFailure[] = ['BADSIG', 'BADKEY', 'BADTIME', 'BADTRUNC']
  return names.find(name => FAILURES[name] === error)
}
