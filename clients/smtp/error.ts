/** Translates errors of nodemailer into those of Fourwire. */
import { errorText, FourwireError, RefusedError } from '../../shared/errors.ts'
import { tlsError } from '../../shared/net/connect-tls.ts'
import type { Location } from '../../shared/service.ts'
import { parseReply, RecipientsRefusedError, type RejectedRecipient, type SmtpReply } from './result.ts'

/** The properties that nodemailer adds to errors. */
export interface NodemailerError extends Error {
  readonly code?: string | undefined
  /** The code that nodemailer has replaced with its own. */
  readonly originalCode?: string | undefined
  readonly response?: string | undefined
  readonly command?: string | undefined
  readonly recipient?: string | undefined
  readonly rejectedErrors?: readonly NodemailerError[] | undefined
}

/** The state of the session in which the error occurred. */
export interface SessionState {
  /** True while the TLS handshake after STARTTLS runs. */
  readonly upgrading?: boolean | undefined
}

/** Returns the error to throw instead; it has the server's reply, if there is one. */
export function translateError(
  error: unknown,
  { upgrading }: SessionState,
  { server, credentials }: { server: Location; credentials?: { user: string } | undefined },
): FourwireError {
  if (error instanceof FourwireError) return error
  const failure = error as NodemailerError
  const { response, code, command = '' } = failure
  if (response !== undefined) return replyError(failure, parseReply(response), credentials?.user)
  if (code === 'ETIMEDOUT')
    return new RefusedError('timeout', 'the SMTP server did not answer in time', { cause: error })
  if (upgrading) return tlsError(server, error, failure.originalCode)
  // The message is larger than the SIZE that the server announced (RFC 1870).
  if (code === 'EMESSAGE') return new RefusedError('SIZE', errorText(error), { cause: error })
  const step = command.startsWith('AUTH') ? 'cannot log in' : 'the SMTP server failed'
  return new RefusedError('closed', `${step}: ${errorText(error)}`, { cause: error })
}

function replyError(error: NodemailerError, reply: SmtpReply, user: string | undefined): RefusedError {
  const { rejectedErrors = [], code, command = '' } = error
  if (reply.code === 0)
    return new RefusedError('protocol', `not an SMTP server: it sent ${JSON.stringify(reply.text)}`, { cause: error })
  if (rejectedErrors.length > 0) return new RecipientsRefusedError(rejectedErrors.map(toRejected), reply, error)
  const text = `${reply.code} ${reply.text}`
  if (code === 'EAUTH' && command.startsWith('AUTH'))
    return new RefusedError(reply.code, reply.text, {
      message: `cannot log in as ${JSON.stringify(user)}: ${text}`,
      cause: error,
    })
  if (command === 'STARTTLS') {
    const message = `not sent: the server refused STARTTLS: ${text}. Without --starttls the message is sent unencrypted`
    return new RefusedError(reply.code, reply.text, { message, cause: error })
  }
  return new RefusedError(reply.code, reply.text, { message: text, cause: error })
}

/** Converts the error of a recipient. */
export function toRejected({ recipient = '', response = '' }: NodemailerError): RejectedRecipient {
  return { address: recipient, ...parseReply(response) }
}
