/**
 * The adapter of smtp-server; with `session.ts` the only file that imports it. smtp-server parses commands and message data,
 * keeps the state of each session, and runs the mail transaction; the policy decides what is accepted. It is pinned to one
 * version because the adapter relies on members outside its documentation; `test/servers/smtp/smtp-server.unit.test.ts` fails
 * if one of them changes:
 *
 * - `SMTPServer#updateSecureContext()`: called by the constructor; loads the built-in key.
 * - `SMTPServer#connections`: the connection removes itself from it on close.
 * - `SMTPConnection#init()`: greets after 100 ms; `_setListeners(done)` and `connectionReady()` greet at once.
 * - `SMTPConnection#_parser`: created by the constructor, emits `finish` when the client has ended its side.
 * - `SMTPConnection#send(code, text, context)`: writes every reply. `context` is a verb, or false for no enhanced status code.
 * - `SMTPConnection#_onCommand(line, next)`: runs one command line; `_whenWritable(next)` waits until replies are sent.
 * - `SMTPConnection#_resetSession()`: called at the end of every mail transaction.
 * - `SMTPConnection#_dataStream`, `session.envelope.mailFrom`: set while a message or a mail transaction is open.
 * - `SMTPConnection#handler_HELP`, `close()`, `_closing`, `_socket`, `id`, `name`.
 */
import { SMTPServer, type SMTPServerAddress, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import type { StreamConnection } from '../../shared/net/stream-server.ts'
import type { SmtpOptions } from './options.ts'
import { type Reply, ReplyError } from './replies.ts'
import { SmtpSession } from './session.ts'

export type { SMTPServerSession as SessionState } from 'smtp-server'

/** ESMTP parameters of MAIL or RCPT: `{ SIZE: '100', BODY: '8BITMIME' }`. */
export type Parameters = SMTPServerAddress['args']

/** The policy of the server; smtp-server implements the protocol. */
export interface Policy {
  /** Returns the reply that rejects MAIL; undefined to accept it. */
  checkSender(parameters: Parameters): Reply | undefined
  /** Returns the reply that rejects RCPT; undefined to accept it. */
  checkRecipient(address: string, parameters: Parameters): Reply | undefined
  /** Reads and stores a message. */
  receiveMessage(data: AsyncIterable<Buffer>, state: SMTPServerSession): Promise<MessageResult>
}

/** The text of the 250 reply, or the negative reply and whether the connection closes after it. */
export type MessageResult =
  | { readonly accepted: string }
  | { readonly rejected: ReplyError; readonly thenClose: boolean }

export class SmtpLibrary {
  readonly #server: SMTPServer
  readonly #sessions = new Map<string, SmtpSession>()

  /** @param onError called for errors of a connection that are not defects, such as a reset */
  constructor(options: SmtpOptions, policy: Policy, onError: (error: Error) => void) {
    this.#server = new KeylessServer(this.#libraryOptions(options, policy))
    this.#server.on('error', onError)
  }

  /** Starts a session on an accepted socket, which must stay open for writing when the client ends its side. */
  connect({ socket, guard }: StreamConnection): SmtpSession | undefined {
    if (socket.destroyed) return undefined
    const session = new SmtpSession(this.#server, socket, guard)
    this.#sessions.set(session.id, session)
    this.#server.connections.add(session)
    guard.on('close', () => this.#sessions.delete(session.id))
    session.on('error', (error: Error) => guard.run(() => this.#server.emit('error', error)))
    session.init()
    return session
  }

  #libraryOptions(options: SmtpOptions, policy: Policy): SMTPServerOptions {
    return {
      name: options.name,
      banner: 'Fourwire',
      heloResponse: '%s greets %s',
      size: options.maxSize,
      maxRecipients: options.maxRecipients,
      socketTimeout: options.idleTimeout,
      disableReverseLookup: true,
      authOptional: true,
      hideSTARTTLS: true,
      hideENHANCEDSTATUSCODES: false,
      disabledCommands: ['AUTH', 'STARTTLS', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'],
      logger: false,
      // The default callback greets one iteration of the event loop later.
      onConnect: (_state, done) => done(),
      onMailFrom: ({ args }, _state, done) => done(toError(policy.checkSender(args))),
      onRcptTo: ({ address, args }, _state, done) => done(toError(policy.checkRecipient(address, args))),
      onData: (data, state, done) => {
        policy.receiveMessage(data, state).then(
          result => this.#sessions.get(state.id)?.guard.run(() => this.#endMessage(state.id, result, done)),
          (error: unknown) => this.#sessions.get(state.id)?.guard.end(error),
        )
      },
    }
  }

  #endMessage(id: string, result: MessageResult, done: (error: Error | null, text?: string) => void): void {
    if ('accepted' in result) {
      done(null, result.accepted)
    } else {
      done(result.rejected)
      if (result.thenClose) this.#sessions.get(id)?.close()
    }
  }
}

function toError(reply: Reply | undefined): ReplyError | undefined {
  return reply && new ReplyError(reply)
}

class KeylessServer extends SMTPServer {
  /** smtp-server would load its built-in key, which is public. This server has no TLS, so it needs no key. */
  override updateSecureContext(): void {
    this.secureContext = new Map()
  }
}
