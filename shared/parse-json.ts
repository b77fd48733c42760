/** Parses JSON that a person has written. Pure. */
import { UsageError } from './errors.ts'
import { describeSyntaxError } from './json-positions.ts'

/** @throws UsageError with the line and the column of the first syntax error */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`not valid JSON: ${describeSyntaxError(text)}`, { cause })
  }
}
