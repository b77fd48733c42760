/** The SMTP server: which senders and recipients pass, what becomes of a message, and how it all ends. */
import type { Socket } from 'node:net'
import type { SMTPServerOptions, SMTPServerSession } from 'smtp-server'
import { errorCode, errorText } from '../../shared/errors.ts'
import { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { closeServer, createEndpoint, listenTcp } from '../../shared/net/listen.ts'
import { OpenSockets } from '../../shared/net/open-sockets.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { MailboxFullError } from '../../shared/store/mailbox.ts'
import { smtpDissector } from '../../shared/trace/dissectors/smtp.ts'
import { Acceptor } from './acceptor.ts'
import { refuseParameters } from './commands.ts'
import { Flood, readContent } from './content.ts'
import { ServedDomains } from './domains.ts'
import type { SmtpOptions } from './options.ts'
import { receivedHeader } from './received.ts'
import { kept, LOCAL_ERROR, MAILBOX_FULL, RELAYING_DENIED, Refusal } from './replies.ts'

/** How a message's stream fails when its connection closed before the end of the data. */
const LEFT = new Set(['ECONNECTION', 'ERR_STREAM_PREMATURE_CLOSE'])

export class SmtpServer implements Service {
  readonly name = 'smtp'
  readonly #options: SmtpOptions
  readonly #context: Context
  readonly #domains: ServedDomains
  readonly #sockets = new OpenSockets()
  readonly #acceptor: Acceptor

  constructor(options: SmtpOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#domains = new ServedDomains(options.domains)
    this.#acceptor = new Acceptor(this.#libraryOptions(), context.log)
    // Before the library's own listener, so that the greeting is traced too.
    this.#acceptor.server.prependListener('connection', socket => this.#follow(socket))
    this.#acceptor.on('error', error => context.log.info({ error: errorText(error) }, 'smtp: connection failed'))
  }

  async listen(): Promise<readonly Endpoint[]> {
    const { host, port } = this.#options
    const address = await listenTcp(this.#acceptor.server, { service: this.name, host, port })
    return [createEndpoint(this.name, 'smtp', 'tcp', address)]
  }

  async close(): Promise<void> {
    const closed = closeServer(this.#acceptor.server)
    this.#acceptor.dismiss()
    await this.#sockets.drain(this.#context.drainTime)
    await closed
  }

  #follow(socket: Socket): void {
    const { log, trace } = this.#context
    this.#sockets.add(socket)
    const follow = () => trace.follow(socket, { protocol: 'smtp', side: 'server', dissector: smtpDissector })
    new ConnectionGuard(socket, log, this.name).run(follow)
  }

  /** A message is ours to deliver once the mailbox has it, and not before (RFC 5321, section 6.1). */
  async #receive(stream: AsyncIterable<Buffer>, session: SMTPServerSession): Promise<string> {
    const content = await readContent(stream, this.#options.maxSize)
    const { mailFrom, rcptTo } = session.envelope
    const envelope = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(recipient => recipient.address) }
    const raw = Buffer.concat([Buffer.from(this.#received(session, envelope.to)), content])
    const { id } = await this.#context.mail.add({ envelope, raw })
    this.#context.log.info({ id, ...envelope, size: raw.length }, 'smtp: message kept')
    return kept(id)
  }

  #received(session: SMTPServerSession, recipients: readonly string[]): string {
    return receivedHeader({
      helo: session.hostNameAppearsAs || '',
      address: session.remoteAddress,
      by: this.#options.name,
      protocol: session.envelope.smtpUtf8 ? 'UTF8SMTP' : session.transmissionType,
      recipients,
      at: new Date(),
    })
  }

  /** What the client is told when a message could not be taken. */
  #refusal(error: unknown, session: SMTPServerSession): Refusal {
    if (error instanceof Refusal) return error
    if (error instanceof MailboxFullError) return new Refusal(MAILBOX_FULL)
    const { log } = this.#context
    const client = session.remoteAddress
    if (LEFT.has(errorCode(error) ?? '')) log.info({ client }, 'smtp: the client left in the middle of a message')
    else log.error({ client, err: error }, 'smtp: message not kept')
    return new Refusal(LOCAL_ERROR)
  }

  #libraryOptions(): SMTPServerOptions {
    const { name, maxSize, maxRecipients, maxConnections, idleTimeout } = this.#options
    return {
      name,
      banner: 'Fourwire',
      heloResponse: '%s greets %s',
      size: maxSize,
      maxRecipients,
      maxClients: maxConnections,
      socketTimeout: idleTimeout,
      // The session ends the connection itself, after the last reply: see session.ts.
      allowHalfOpen: true,
      disableReverseLookup: true,
      authOptional: true,
      hideSTARTTLS: true,
      hideENHANCEDSTATUSCODES: false,
      disabledCommands: ['AUTH', 'STARTTLS', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'],
      logger: false,
      // The library would put the greeting off by one turn of the event loop.
      onConnect: (_session, done) => done(),
      onMailFrom: ({ args }, _session, done) => done(asError(refuseParameters('MAIL', args))),
      onRcptTo: ({ address, args }, _session, done) =>
        done(asError(refuseParameters('RCPT', args) ?? (this.#domains.serves(address) ? undefined : RELAYING_DENIED))),
      onData: (stream, session, done) => {
        this.#receive(stream, session)
          .then(
            text => done(null, text),
            error => {
              done(this.#refusal(error, session))
              if (error instanceof Flood) this.#acceptor.session(session.id)?.close()
            },
          )
          .catch((error: unknown) => this.#acceptor.session(session.id)?.guard.end(error))
      },
    }
  }
}

function asError(reply: ConstructorParameters<typeof Refusal>[0] | undefined): Refusal | undefined {
  return reply && new Refusal(reply)
}
