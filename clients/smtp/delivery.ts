/** Hands one message to a server, over a connection that is there already, and takes its leave. */
import type { Socket } from 'node:net'
import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection'
import { errorText, RefusedError } from '../../shared/errors.ts'
import type { Message } from './compose.ts'
import { describeRefused, parseResponse, type RejectedRecipient, type SmtpReply } from './reply.ts'

/** What nodemailer adds to an error. */
interface NodemailerError extends Error {
  readonly code?: string | undefined
  readonly response?: string | undefined
  readonly recipient?: string | undefined
  readonly rejectedErrors?: readonly NodemailerError[] | undefined
}

/**
 * @throws RefusedError when the server takes no recipient or not the message, or falls silent
 */
export async function deliver(socket: Socket, message: Message, timeout: number): Promise<Omit<SmtpReply, 'server'>> {
  const connection = new SMTPConnection({
    connection: socket,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  })
  // 'end' comes once: listened for from the start, since a server may end it before we say QUIT.
  const ended = new Promise<void>(resolve => connection.once('end', resolve))
  try {
    await opened(connection)
    const info = await sent(connection, message)
    return toReply(message, info)
  } catch (error) {
    throw refusal(error as NodemailerError)
  } finally {
    if (socket.writable) connection.quit()
    else connection.close()
    await ended
  }
}

function opened(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for good: what fails later is told to the send under way as well, and must not be an unheard 'error'.
    connection.on('error', reject)
    connection.connect(error => (error ? reject(error) : resolve()))
  })
}

function sent(connection: SMTPConnection, { envelope, content }: Message): Promise<SMTPConnectionSendInfo> {
  const { from, to } = envelope
  const use8BitMime = content.some(byte => byte > 0x7f)
  return new Promise((resolve, reject) => {
    connection.send({ from, to: [...to], size: content.length, use8BitMime }, content, (error, info) => {
      if (error) reject(error)
      else resolve(info)
    })
  })
}

function toReply({ envelope, messageId, content }: Message, info: SMTPConnectionSendInfo): Omit<SmtpReply, 'server'> {
  return {
    messageId,
    envelope,
    accepted: info.accepted,
    rejected: (info.rejectedErrors ?? []).map(toRejected),
    response: parseResponse(info.response),
    size: content.length,
  }
}

function toRejected({ recipient = '', response = '' }: NodemailerError): RejectedRecipient {
  return { address: recipient, ...parseResponse(response) }
}

/** The server's own words where it said any. */
function refusal(error: NodemailerError): RefusedError {
  const { response, rejectedErrors = [], code } = error
  if (response !== undefined) {
    const words = parseResponse(response)
    if (words.code === 0)
      return new RefusedError('protocol', `not an SMTP server: it said ${words.text}`, { cause: error })
    const each = rejectedErrors.map(toRejected).map(describeRefused).join('; ')
    const message = each === '' ? `${words.code} ${words.text}` : `not sent, every recipient refused: ${each}`
    return new RefusedError(words.code, words.text, { message, cause: error })
  }
  if (code === 'ETIMEDOUT')
    return new RefusedError('timeout', 'the SMTP server did not answer in time', { cause: error })
  // Before MAIL: the server announced its bound with SIZE (RFC 1870), and the message is larger.
  if (code === 'EMESSAGE') return new RefusedError('SIZE', errorText(error), { cause: error })
  return new RefusedError('closed', `the SMTP server failed: ${errorText(error)}`, { cause: error })
}
