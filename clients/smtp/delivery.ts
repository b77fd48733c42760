/** Delivers a message over an open connection, and quits: STARTTLS, AUTH, MAIL, RCPT, DATA, QUIT. */
import type { Socket } from 'node:net'
import type { SMTPConnectionOptions, SMTPConnectionSendInfo, SMTPEnvelopeDsn } from 'nodemailer/lib/smtp-connection'
import { RefusedError, UsageError } from '../../shared/errors.ts'
import { isLoopback, plainHost } from '../../shared/net/address.ts'
import { type TlsVerification, verifyOptions } from '../../shared/net/connect-tls.ts'
import type { Location } from '../../shared/service.ts'
import type { Conversation } from '../../shared/trace/conversation.ts'
import type { Message } from './compose.ts'
import { TracedConnection } from './connection.ts'
import { type NodemailerError, toRejected, translateError } from './error.ts'
import type { Credentials, DsnRequest, SmtpEncryption } from './request.ts'
import { parseReply, type SmtpSession } from './result.ts'

/** How to deliver a message. */
export interface DeliveryOptions {
  readonly server: Location
  /** Milliseconds to wait for each reply. */
  readonly timeout: number
  readonly tls?: SmtpEncryption | undefined
  readonly verification?: TlsVerification | undefined
  readonly credentials?: Credentials | undefined
  readonly dsn?: DsnRequest | undefined
  /** The trace of the socket. */
  readonly conversation?: Conversation | undefined
}

/**
 * Delivers a message.
 *
 * @param socket a connection on which the server has not been greeted; a TLS socket for implicit TLS
 * @throws RefusedError if the server rejects all recipients or the message, closes the connection, does not reply, or does not
 * offer a required extension
 * @throws UsageError if a password would be sent unencrypted to another machine
 */
export async function deliver(socket: Socket, message: Message, options: DeliveryOptions): Promise<SmtpSession> {
  const connection = new TracedConnection(connectionOptions(socket, options), options.conversation)
  // The event is emitted once, possibly before QUIT is sent.
  const ended = new Promise<void>(resolve => connection.once('end', resolve))
  try {
    await open(connection)
    if (options.credentials) await logIn(connection, options.credentials)
    if (options.dsn && !connection.offers('DSN')) throw notOffered('DSN', 'Omit --notify, --ret and --envid')
    const info = await sendMessage(connection, message, options.dsn)
    return toSession(info, connection, options)
  } catch (error) {
    throw translateError(error, connection, options)
  } finally {
    if (connection.socket?.writable) connection.quit()
    else connection.close()
    await ended
    connection.socket?.destroy()
  }
}

/** nodemailer upgrades with STARTTLS if the server offers it, unless it must ignore it. */
function connectionOptions(
  socket: Socket,
  { server, timeout, tls, verification = {} }: DeliveryOptions,
): SMTPConnectionOptions & { connection: Socket } {
  return {
    connection: socket,
    // The name that the certificate must be for.
    host: verification.serverName ?? server.host,
    secure: tls === 'implicit',
    secured: tls === 'implicit',
    ignoreTLS: tls === undefined,
    requireTLS: tls === 'starttls',
    opportunisticTLS: tls === 'opportunistic',
    tls: verifyOptions(server.host, verification),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  }
}

function open(connection: TracedConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not removed: an 'error' event without a listener throws. Later errors also reject `sendMessage`.
    connection.on('error', reject)
    connection.connect(error => (error ? reject(error) : resolve()))
  })
}

/** Without the check of `allowsAuth`, nodemailer would send a command that the server does not know. */
async function logIn(connection: TracedConnection, { user, password }: Credentials): Promise<void> {
  const host = plainHost(connection.socket?.remoteAddress ?? '')
  if (!connection.secure && !isLoopback(host)) {
    throw new UsageError(
      `the password would be sent to ${host} unencrypted. Give --starttls or --tls, or omit --user and --password`,
    )
  }
  if (!connection.allowsAuth) throw notOffered('AUTH', 'Omit --user and --password, or give --starttls')
  await new Promise<void>((resolve, reject) => {
    // A lost connection does not call back.
    connection.once('error', reject)
    connection.login({ user, pass: password }, error => (error ? reject(error) : resolve()))
  })
}

function notOffered(extension: string, advice: string): RefusedError {
  return new RefusedError(extension, `the server does not offer ${extension}. ${advice}`)
}

function sendMessage(
  connection: TracedConnection,
  { envelope, content }: Message,
  dsn: DsnRequest | undefined,
): Promise<SMTPConnectionSendInfo> {
  const { from, to } = envelope
  const use8BitMime = content.some(byte => byte > 0x7f)
  const parameters = { size: content.length, use8BitMime, ...(dsn && { dsn: dsnParameters(dsn) }) }
  return new Promise((resolve, reject) => {
    connection.send({ from, to: [...to], ...parameters }, content, (error, info) => {
      if (error) reject(error)
      else resolve(info)
    })
  })
}

function dsnParameters({ notify, ret, envid }: DsnRequest): SMTPEnvelopeDsn {
  return { ret, envid, notify: notify === undefined ? undefined : [notify].flat() }
}

function toSession(
  { accepted, rejectedErrors = [], response }: SMTPConnectionSendInfo,
  connection: TracedConnection,
  { server }: DeliveryOptions,
): SmtpSession {
  return {
    server,
    encrypted: connection.secure,
    accepted,
    rejected: (rejectedErrors as readonly NodemailerError[]).map(toRejected),
    response: parseReply(response),
  }
}
