/** Delivers a message over an open connection, and quits. Relies only on documented members of nodemailer's SMTPConnection. */
import type { Socket } from 'node:net'
import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection'
import { errorText, RefusedError } from '../../shared/errors.ts'
import type { Message } from './compose.ts'
import { describeRejected, parseReply, type RejectedRecipient, type SendResult } from './result.ts'

/** The properties that nodemailer adds to errors. */
interface NodemailerError extends Error {
  readonly code?: string | undefined
  readonly response?: string | undefined
  readonly recipient?: string | undefined
  readonly rejectedErrors?: readonly NodemailerError[] | undefined
}

/**
 * Delivers a message.
 *
 * @param timeout milliseconds to wait for each reply
 * @throws RefusedError if the server rejects all recipients or the message, closes the connection, or does not reply
 */
export async function deliver(socket: Socket, message: Message, timeout: number): Promise<Omit<SendResult, 'server'>> {
  const connection = new SMTPConnection({
    connection: socket,
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  })
  // The event is emitted once, possibly before QUIT is sent.
  const ended = new Promise<void>(resolve => connection.once('end', resolve))
  try {
    await open(connection)
    return toResult(message, await sendMessage(connection, message))
  } catch (error) {
    throw translateError(error as NodemailerError)
  } finally {
    if (socket.writable) connection.quit()
    else connection.close()
    await ended
  }
}

function open(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not removed: an 'error' event without a listener throws. Later errors also reject `sendMessage`.
    connection.on('error', reject)
    connection.connect(error => (error ? reject(error) : resolve()))
  })
}

function sendMessage(connection: SMTPConnection, { envelope, content }: Message): Promise<SMTPConnectionSendInfo> {
  const { from, to } = envelope
  const use8BitMime = content.some(byte => byte > 0x7f)
  return new Promise((resolve, reject) => {
    connection.send({ from, to: [...to], size: content.length, use8BitMime }, content, (error, info) => {
      if (error) reject(error)
      else resolve(info)
    })
  })
}

function toResult({ envelope, messageId, content }: Message, info: SMTPConnectionSendInfo): Omit<SendResult, 'server'> {
  return {
    messageId,
    envelope,
    accepted: info.accepted,
    rejected: (info.rejectedErrors ?? []).map(toRejected),
    response: parseReply(info.response),
    size: content.length,
  }
}

function toRejected({ recipient = '', response = '' }: NodemailerError): RejectedRecipient {
  return { address: recipient, ...parseReply(response) }
}

/** Returns an error with the server's reply, if there is one. */
function translateError(error: NodemailerError): RefusedError {
  const { response, rejectedErrors = [], code } = error
  if (response !== undefined) {
    const reply = parseReply(response)
    if (reply.code === 0)
      return new RefusedError('protocol', `not an SMTP server: it sent ${JSON.stringify(reply.text)}`, { cause: error })
    const rejected = rejectedErrors.map(toRejected).map(describeRejected).join('; ')
    const message = rejected === '' ? `${reply.code} ${reply.text}` : `not sent, every recipient refused: ${rejected}`
    return new RefusedError(reply.code, reply.text, { message, cause: error })
  }
  if (code === 'ETIMEDOUT')
    return new RefusedError('timeout', 'the SMTP server did not answer in time', { cause: error })
  // The message is larger than the SIZE that the server announced (RFC 1870).
  if (code === 'EMESSAGE') return new RefusedError('SIZE', errorText(error), { cause: error })
  return new RefusedError('closed', `the SMTP server failed: ${errorText(error)}`, { cause: error })
}
