/** What a person or program learns if the SMTP server refuses a message or some of its recipients. Pure. */
import { Problem } from '../../problem.ts'
import type { Refusal, SubmissionError } from './session.ts'

/** A temporary failure, or the server did not let the application sign in (RFC 4954, section 6). */
const TEMPORARY = /^(?:4|53)/

/** The server itself has a problem, not the recipient (RFC 3463, section 3.4): its database is away. */
const SYSTEM_FAILURE = /^4\d\d 4\.3\./

/** Returns the problem of a message that was not sent: 422 if another one could be, 503 if the same one can be sent later. */
export function submissionProblem(error: SubmissionError): Problem {
  const { status, reason } = explain(error)
  return new Problem(status, `The message was not sent${reason}`, { cause: error })
}

function explain({ reply, refused, isTooLarge, message }: SubmissionError): { status: number; reason: string } {
  if (refused.length > 0) {
    const hasFailed = refused.every(({ reply }) => SYSTEM_FAILURE.test(reply))
    return { status: hasFailed ? 503 : 422, reason: `. The SMTP server refused ${describeRefusals(refused)}` }
  }
  if (reply === undefined) return { status: isTooLarge ? 422 : 503, reason: `: ${message}.` }
  return { status: TEMPORARY.test(reply) ? 503 : 422, reason: `. The SMTP server replied: ${reply}` }
}

/** `x@example.org: 550 5.7.1 Relaying denied` */
export function describeRefusals(refused: readonly Refusal[]): string {
  return refused.map(({ address, reply }) => `${address}: ${reply}`).join('; ')
}
