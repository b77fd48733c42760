/** The error of a wait for mail that took too long. Pure. */
import { FourwireError } from '../../errors.ts'
import { type Candidate, describeMessage } from './message-criteria.ts'

/** A message that arrived during the wait, and how it differs from the one that the caller waits for. */
export interface UnmatchedMessage extends Candidate {
  readonly differences: readonly string[]
}

/** Messages that the error lists: the newest ones. */
const MAX_LISTED = 20

export class MailTimeoutError extends FourwireError {
  override readonly name = 'MailTimeoutError'
  readonly exitCode = 1

  /** @param expected what did not arrive: `a message with to "alice"` */
  constructor(expected: string, timeout: number, arrived: readonly UnmatchedMessage[]) {
    super(`${expected} did not arrive in ${timeout} ms. ${listArrived(arrived)}`)
  }
}

function listArrived(arrived: readonly UnmatchedMessage[]): string {
  if (arrived.length === 0) return 'No message arrived. Is the sender configured with the port of this server?'
  const listed = arrived.slice(-MAX_LISTED).map(message => {
    const lines = message.differences.map(difference => `\n      ${difference}`)
    return `\n  - ${describeMessage(message)}${lines.join('')}`
  })
  const more = arrived.length > MAX_LISTED ? ` (the last ${MAX_LISTED})` : ''
  return `Messages that arrived: ${arrived.length}${more}${listed.join('')}`
}
