/** One SMTP session that submits one message, as that of any mail client: EHLO, AUTH, MAIL, RCPT, DATA, QUIT. */
import type { Socket } from 'node:net'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { ComposedMessage } from './message.ts'

/** Milliseconds that the server may take for a reply. */
const REPLY_TIMEOUT_MS = 10_000
/** Milliseconds of the whole session. */
const SESSION_TIMEOUT_MS = 30_000

export interface Credentials {
  readonly user: string
  readonly password: string
}

export interface Refusal {
  readonly address: string
  /** The reply of the server with its code: `550 5.7.1 Relaying denied`. */
  readonly reply: string
}

export interface Delivery {
  readonly accepted: readonly string[]
  readonly refused: readonly Refusal[]
  /** The reply to the message. */
  readonly reply: string
}

/** The server refused the message, or the session failed. */
export class SubmissionError extends Error {
  override readonly name = 'SubmissionError'
  /** The reply of the server; undefined if there was none. */
  readonly reply: string | undefined
  /** All recipients, if the server refused each of them. */
  readonly refused: readonly Refusal[]
  /** True if the message is larger than the server announced that it accepts (RFC 1870). */
  readonly isTooLarge: boolean

  constructor(cause: NodemailerError) {
    super(cause.message, { cause })
    this.reply = cause.response === undefined ? undefined : oneLine(cause.response)
    this.refused = (cause.rejectedErrors ?? []).map(toRefusal)
    this.isTooLarge = cause.code === 'EMESSAGE'
  }
}

/** The properties that nodemailer adds to errors. */
interface NodemailerError extends Error {
  readonly code?: string | undefined
  readonly response?: string | undefined
  readonly recipient?: string | undefined
  readonly rejectedErrors?: readonly NodemailerError[] | undefined
}

/**
 * Submits the message and closes the socket. If the server refuses some of the recipients, the others get the message.
 *
 * @param socket a connection on which the server has not been greeted
 * @param timeout milliseconds that the server may take for a reply
 * @throws SubmissionError
 */
export async function submitOver(
  socket: Socket,
  { envelope, content }: ComposedMessage,
  { user, password }: Credentials,
  timeout = REPLY_TIMEOUT_MS,
): Promise<Delivery> {
  const connection = new SMTPConnection(connectionOptions(socket, timeout))
  const ended = new Promise<void>(resolve => connection.once('end', resolve))
  const deadline = setTimeout(() => socket.destroy(new Error('it takes too long')), SESSION_TIMEOUT_MS)
  const failed = new Promise<never>((_, reject) => connection.on('error', reject))
  try {
    const steps = async () => {
      await call<unknown>(done => connection.connect(done))
      await call<unknown>(done => connection.login({ user, pass: password }, done))
      return call<Sent>(done =>
        connection.send({ from: envelope.from, to: [...envelope.to], size: content.length }, content, done),
      )
    }
    return toDelivery(await Promise.race([steps(), failed]))
  } catch (error) {
    throw error instanceof Error ? new SubmissionError(error) : error
  } finally {
    if (socket.writable) connection.quit()
    else connection.close()
    await ended
    clearTimeout(deadline)
    socket.destroy()
  }
}

type Sent = { accepted: string[]; rejectedErrors?: readonly NodemailerError[] | undefined; response: string }
type Callback<Result> = (error: Error | null | undefined, result?: Result) => void

/** Calls a function of nodemailer, which has a callback. */
function call<Result>(start: (done: Callback<Result>) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result as Result)))
  })
}

function connectionOptions(connection: Socket, timeout: number) {
  const secure = 'encrypted' in connection
  return {
    connection,
    secure,
    secured: secure,
    ignoreTLS: true,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  }
}

function toDelivery({ accepted, rejectedErrors = [], response }: Sent): Delivery {
  return { accepted, refused: rejectedErrors.map(toRefusal), reply: oneLine(response) }
}

function toRefusal({ recipient = '', response = '' }: NodemailerError): Refusal {
  return { address: recipient, reply: oneLine(response) }
}

/** Joins the lines of a reply; each begins with the code. */
function oneLine(reply: string): string {
  return reply.trim().replace(/\r?\n(?:\d{3}[ -]?)?/g, ' ')
}
