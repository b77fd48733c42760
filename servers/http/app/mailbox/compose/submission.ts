/**
 * Sends a message as any mail client does: submitted over SMTP to the suite's own server, signed in as the account. The
 * application does not have the account's password: a token that is valid once takes its place.
 */
import * as z from 'zod'
import { Problem } from '../../problem.ts'
import type { Call } from '../../request/call.ts'
import { readMessage } from '../mailbox.ts'
import { connectToServer } from './connect.ts'
import { submissionEndpoint } from './endpoint.ts'
import type { ComposedMessage } from './message.ts'
import { parseRecipients } from './recipients.ts'
import { submissionProblem } from './refusal.ts'
import { threadOf } from './reply.ts'
import type { Delivery } from './session.ts'

/** Bytes of the body: a form needs up to six for a character of two bytes. */
export const MAX_DRAFT_BYTES = 1024 * 1024
/** Characters of the text. */
export const MAX_TEXT_LENGTH = 100_000
export const MAX_SUBJECT_LENGTH = 500
const MAX_RECIPIENTS = 50
const MAX_RECIPIENTS_LENGTH = 10_000

/** One line: a line ending in a field of the header would begin another field. */
const line = (maximum: number) =>
  z
    .string()
    .max(maximum, `must have at most ${maximum} characters`)
    .regex(/^\P{Cc}*$/u, 'must not contain a line ending or another control character')

export const draftSchema = z.strictObject({
  to: line(MAX_RECIPIENTS_LENGTH)
    .trim()
    .min(1, 'must not be empty')
    .meta({ description: 'addresses, separated by commas', example: 'Bob <bob@fourwire.test>' }),
  cc: line(MAX_RECIPIENTS_LENGTH).default(''),
  subject: line(MAX_SUBJECT_LENGTH).default('').meta({ example: 'The printer' }),
  text: z
    .string()
    .max(MAX_TEXT_LENGTH, `must have at most ${MAX_TEXT_LENGTH} characters`)
    .default('')
    .meta({ example: 'It works again.' }),
  answers: z.string().max(100).optional().meta({ description: 'the id of the message that this one answers' }),
})

export type Draft = z.output<typeof draftSchema>

export interface Submission extends Delivery {
  readonly messageId: string
}

/** Returns the address from which the account sends mail. */
export function ownAddress({ client, app }: Call): string {
  return `${client.account.name}@${app.mail.domain}`
}

/**
 * Submits the message.
 *
 * @throws Problem 422 with the reply if the server refuses the message or every recipient; 503 if there is no server
 */
export function submit(draft: Draft, call: Call): Promise<Submission> {
  return call.app.mail.submit(async () => {
    const message = await compose(draft, call)
    const endpoint = submissionEndpoint(call.app.endpoints)
    if (!endpoint) {
      const advice = 'Start one with: fourwire start http smtp'
      throw new Problem(503, `The message was not sent: no SMTP server runs on this data folder. ${advice}`)
    }
    // Loaded before connecting, because the greeting could arrive meanwhile.
    const { submitOver, SubmissionError } = await import('./session.ts')
    const { account } = call.client
    const password = await call.app.store.submissionTokens.create(account)
    const socket = await connectToServer(endpoint, call.app.mail)
    try {
      const delivery = await submitOver(socket, message, { user: account.name, password })
      return { messageId: message.messageId, ...delivery }
    } catch (error) {
      throw error instanceof SubmissionError ? submissionProblem(error) : error
    }
  })
}

async function compose({ answers, ...draft }: Draft, call: Call): Promise<ComposedMessage> {
  const { composeMessage } = await import('./message.ts')
  const [to, cc] = [parseRecipients('To', draft.to), parseRecipients('Cc', draft.cc)]
  const count = to.length + cc.length
  if (count > MAX_RECIPIENTS)
    throw new Problem(400, `${count} recipients are too many. A message can have ${MAX_RECIPIENTS}.`)
  if (to.length === 0) throw new Problem(400, 'To: there is no mail address.')
  const thread = answers === undefined ? {} : threadOf((await readMessage(call, answers)).view.headers)
  return composeMessage({ ...draft, ...thread, from: ownAddress(call), to, cc })
}
