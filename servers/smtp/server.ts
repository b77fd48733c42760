/** The SMTP server: accepts connections, senders and recipients, and stores messages. */
import { errorCode, errorText } from '../../shared/errors.ts'
import { type ConnectionHandler, type StreamConnection, StreamServer } from '../../shared/net/stream-server.ts'
import { smtp } from '../../shared/protocols/smtp.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { MailboxFullError } from '../../shared/store/mailbox.ts'
import { AcceptedDomains } from './accepted-domains.ts'
import { rejectParameters } from './command-syntax.ts'
import { FloodError, readContent } from './content.ts'
import type { SmtpOptions } from './options.ts'
import { receivedHeader } from './received.ts'
import { LOCAL_ERROR, MAILBOX_FULL, messageStored, RELAYING_DENIED, ReplyError, tooManyClients } from './replies.ts'
import type { MessageResult, SessionState, SmtpLibrary } from './smtp-server.ts'

/** Codes of the errors with which the data ends if the connection closes. */
const CONNECTION_CLOSED = new Set(['ECONNECTION', 'ERR_STREAM_PREMATURE_CLOSE'])

export class SmtpServer implements Service {
  readonly name = 'smtp'
  readonly #options: SmtpOptions
  readonly #context: Context
  readonly #server: StreamServer
  #library: Promise<SmtpLibrary> | undefined

  constructor(options: SmtpOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#server = new StreamServer(context, {
      protocol: smtp,
      maxConnections: options.maxConnections,
      whenFull: { action: 'refuse', refuse: ({ socket }) => socket.write(tooManyClients(options.name)) },
      handle: connection => this.#accept(connection),
    })
  }

  listen(): Promise<readonly Endpoint[]> {
    return this.#server.listen(this.#options)
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  #accept(connection: StreamConnection): ConnectionHandler {
    this.#library ??= this.#loadLibrary()
    const session = this.#library.then(library => library.connect(connection))
    session.catch((error: unknown) => connection.guard.end(error))
    return {
      finish: () => {
        session.then(open => connection.guard.run(() => open?.finish())).catch(() => connection.socket.destroy())
      },
    }
  }

  /** Loads smtp-server on the first connection, because that takes longer than to load the rest of this server. */
  async #loadLibrary(): Promise<SmtpLibrary> {
    const { SmtpLibrary } = await import('./smtp-server.ts')
    const { log } = this.#context
    const domains = new AcceptedDomains(this.#options.domains)
    return new SmtpLibrary(
      this.#options,
      {
        checkSender: parameters => rejectParameters('MAIL', parameters),
        checkRecipient: (address, parameters) =>
          rejectParameters('RCPT', parameters) ?? (domains.accept(address) ? undefined : RELAYING_DENIED),
        receiveMessage: (data, state) => this.#receiveMessage(data, state),
      },
      error => log.info({ error: errorText(error) }, 'smtp: connection failed'),
    )
  }

  async #receiveMessage(data: AsyncIterable<Buffer>, state: SessionState): Promise<MessageResult> {
    try {
      return { accepted: messageStored(await this.#storeMessage(data, state)) }
    } catch (error) {
      return { rejected: this.#toReply(error, state), thenClose: error instanceof FloodError }
    }
  }

  /** Resolves with the message's id once the mailbox has it; only then may the reply be 250 (RFC 5321, section 6.1). */
  async #storeMessage(data: AsyncIterable<Buffer>, state: SessionState): Promise<string> {
    const content = await readContent(data, this.#options.maxSize)
    const { mailFrom, rcptTo } = state.envelope
    const envelope = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(recipient => recipient.address) }
    const header = Buffer.from(this.#receivedHeader(state, envelope.to))
    const mail = { envelope, raw: Buffer.concat([header, content]), size: content.length }
    const { id } = await this.#context.mail.add(mail)
    this.#context.log.info({ id, ...envelope, size: content.length }, 'smtp: message stored')
    return id
  }

  #receivedHeader(state: SessionState, recipients: readonly string[]): string {
    return receivedHeader({
      helo: state.hostNameAppearsAs || '',
      address: state.remoteAddress,
      by: this.#options.name,
      protocol: state.envelope.smtpUtf8 ? 'UTF8SMTP' : state.transmissionType,
      recipients,
      at: new Date(),
    })
  }

  #toReply(error: unknown, { remoteAddress: client }: SessionState): ReplyError {
    if (error instanceof ReplyError) return error
    if (error instanceof MailboxFullError) return new ReplyError(MAILBOX_FULL)
    const { log } = this.#context
    const isClosed = CONNECTION_CLOSED.has(errorCode(error) ?? '')
    if (isClosed) log.info({ client }, 'smtp: connection closed before the end of the message')
    else log.error({ client, err: error }, 'smtp: message not stored')
    return new ReplyError(LOCAL_ERROR)
  }
}
