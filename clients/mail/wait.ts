/** Waits for a message. */

import { RefusedError } from '../../shared/errors.ts'
import { MailTimeoutError, type UnmatchedMessage } from '../../shared/store/mail/mail-timeout-error.ts'
import { describeCriteria, findDifferences, type MessageCriteria } from '../../shared/store/mail/message-criteria.ts'
import type { Mailbox, MailDetail, MailSummary } from './mailbox.ts'

/** Messages that a timed-out wait remembers for its error. */
const MAX_UNMATCHED = 1000

/**
 * Resolves with the first message that meets the criteria, also if it is there already.
 *
 * @param timeout milliseconds
 * @throws MailTimeoutError if none arrives in time; its message lists those that arrived, and how each differs
 */
export async function waitFor(mailbox: Mailbox, criteria: MessageCriteria, timeout: number): Promise<MailDetail> {
  const signal = AbortSignal.timeout(timeout)
  const unmatched: UnmatchedMessage[] = []
  for await (const summary of mailbox.follow(signal)) {
    const { text } = criteria.text === undefined ? { text: undefined } : await mailbox.get(summary.id)
    const candidate = toCandidate(summary, text)
    const differences = findDifferences(candidate, criteria)
    if (differences.length === 0) return mailbox.get(summary.id)
    if (unmatched.length >= MAX_UNMATCHED) unmatched.shift()
    unmatched.push({ ...candidate, differences })
  }
  if (!signal.aborted) throw new RefusedError('closed', 'the server closed while the client waited for a message')
  throw new MailTimeoutError(describeCriteria(criteria), timeout, unmatched)
}

function toCandidate({ from, to, author, subject }: MailSummary, text: string | undefined) {
  return { envelope: { from, to }, from: author, subject, text }
}
