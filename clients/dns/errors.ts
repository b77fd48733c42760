/** Error responses as errors. Pure. */
import type { Message } from '../../shared/dns/message.ts'
import { describeError } from '../../shared/dns/resolver/resolve-error.ts'
import { RefusedError } from '../../shared/errors.ts'

/** @throws RefusedError for the first of the responses with an rcode other than NOERROR */
export function throwIfError(responses: readonly Message[]): void {
  const response = responses.find(({ rcode }) => rcode !== 'NOERROR')
  if (!response) return
  const [question] = response.questions
  const text = describeError(response)
  const subject = question ? ` for ${question.name}` : ''
  throw new RefusedError(response.rcode, text, { message: `${response.rcode}${subject}: ${text}` })
}
