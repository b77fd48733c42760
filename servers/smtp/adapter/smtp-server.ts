/**
 * The adapter of smtp-server; with `connection.ts` and `session.ts` the only file that imports it. smtp-server keeps the connection, dispatches
 * commands, and runs AUTH and STARTTLS; mail transactions and messages are our own. It is pinned to one version because the
 * adapter relies on members outside its documentation; `test/servers/smtp/smtp-server.unit.test.ts` fails if one of them
 * changes:
 *
 * - `SMTPServer#updateSecureContext()`: called by the constructor; loads the built-in key. `secureContext.get('*')` is used
 *   by STARTTLS.
 * - `SMTPServer#connections`: the connection removes itself from it on close.
 * - `SMTPConnection#init()`: greets after 100 ms; `_setListeners(done)` and `connectionReady()` greet at once.
 * - `SMTPConnection#_createParser()`: called by the constructor and by `upgrade()`; `_parser` gets the socket's bytes.
 * - `SMTPConnection#_onCommand(line, next)`: dispatches one command line to `_getHandler(verb)`; `_whenWritable(next)` waits
 *   until replies are sent.
 * - `SMTPConnection#send(code, text, context)`: sends every reply of smtp-server. `_getEnhancedStatusCode(code, context)`
 *   returns the code that it would add.
 * - `SMTPConnection#_nextHandler`: set while the next line belongs to AUTH.
 * - `SMTPConnection#_resetSession()`: called when the session starts, and after STARTTLS.
 * - `SMTPConnection#upgrade()`: runs the handshake; removes all listeners from the socket. `_upgrading` is true meanwhile.
 * - `SMTPConnection#_armTimeout()`, `_onClose()`, `_onError()`, `handler_AUTH`, `handler_QUIT`, `handler_STARTTLS`, `close()`,
 *   `_closing`, `_closed`, `_socket`, `id`, `name`, `secure`, `tlsOptions`, `session.user`, `session.transmissionType`,
 *   `hostNameAppearsAs`, `clientHostname`, `remoteAddress`.
 */
import { createSecureContext, type TLSSocket } from 'node:tls'
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerOptions } from 'smtp-server'
import { TimeSlices } from '../../../shared/async/time-slices.ts'
import type { StreamConnection } from '../../../shared/net/stream-server.ts'
import type { Tls } from '../../../shared/net/tls/tls.ts'
import type { Rules } from './rules.ts'
import { SmtpSession } from './session.ts'

export interface LibraryOptions {
  /** The host name of the greeting. */
  readonly name: string
  readonly tls: Tls | undefined
  readonly rules: Rules
  /** Called for errors of a connection that are no defect, such as a reset. */
  readonly onError: (error: Error) => void
}

export class SmtpLibrary {
  readonly #server: SMTPServer
  readonly #rules: Rules
  readonly #sessions = new Map<string, SmtpSession>()
  readonly #slices = new TimeSlices()
  #lastId = 0

  constructor({ name, tls, rules, onError }: LibraryOptions) {
    this.#rules = rules
    this.#server = new Server(this.#libraryOptions(name, rules), tls)
    this.#server.on('error', onError)
  }

  /** Starts a session on an accepted socket, which must stay open for writing when the client ends its side. */
  connect(connection: StreamConnection): SmtpSession | undefined {
    const { socket, guard } = connection
    if (socket.destroyed) return undefined
    this.#lastId += 1
    const options = { rules: this.#rules, id: String(this.#lastId), slices: this.#slices }
    const session = new SmtpSession(this.#server, connection, options)
    this.#sessions.set(session.id, session)
    this.#server.connections.add(session)
    guard.on('close', () => this.#sessions.delete(session.id))
    session.on('error', (error: Error) => guard.run(() => this.#server.emit('error', error)))
    session.init()
    return session
  }

  #libraryOptions(name: string, rules: Rules): SMTPServerOptions {
    return {
      name,
      banner: 'Fourwire',
      authMethods: [...rules.authMethods],
      authOptional: !rules.requiresAuth,
      maxAllowedUnauthenticatedCommands: false,
      // The session decides whether credentials are safe.
      allowInsecureAuth: true,
      hideSTARTTLS: !rules.hasTls,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      disabledCommands: rules.hasTls ? [] : ['STARTTLS'],
      logger: false,
      // The default callback greets one iteration of the event loop later.
      onConnect: (_state, done) => done(),
      onSecure: (socket, { id }, done) => {
        const session = this.#sessions.get(id)
        // smtp-server calls this for TLS from the first byte, too.
        if (session && session.connection.transport !== 'tls') session.onSecure(socket as TLSSocket)
        done()
      },
      onAuth: (auth, { id }, done) => this.#signIn(auth, this.#sessions.get(id), done),
    }
  }

  #signIn(auth: SMTPServerAuthentication, session: SmtpSession | undefined, done: AuthCallback): void {
    const { method: mechanism, username: user = '', password } = auth
    session?.signIn({ mechanism, user, password: password ?? '' }).then(
      result => {
        session.guard.run(() => {
          if ('account' in result) done(null, { user: result })
          else done(Object.assign(new Error(result.text), { responseCode: result.code }))
        })
      },
      (error: unknown) => session.guard.end(error),
    )
  }
}

type AuthCallback = Parameters<NonNullable<SMTPServerOptions['onAuth']>>[2]

class Server extends SMTPServer {
  constructor(options: SMTPServerOptions, tls: Tls | undefined) {
    super(options)
    if (tls) this.secureContext = new Map([['*', createSecureContext(tls.serverOptions)]])
  }

  /** smtp-server would load its built-in key, which is public. */
  override updateSecureContext(): void {
    this.secureContext = new Map()
  }
}
