/** What a client expects before it sends the body of a request (RFC 9110, section 10.1.1). Pure. */
import { listElements } from './list-field.ts'

/** `unknown` if a member of the Expect field is not `100-continue`. */
export type Expectation = 'none' | 'continue' | 'unknown'

/** @param field the value of the Expect field, which is a list: several fields are one */
export function parseExpectation(field: string | undefined): Expectation {
  if (field === undefined) return 'none'
  const members = listElements(field)
  if (members.length === 0) return 'none'
  return members.every(member => member === '100-continue') ? 'continue' : 'unknown'
}
