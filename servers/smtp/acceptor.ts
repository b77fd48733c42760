/** smtp-server's server, with our sessions and without the key that it carries. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import type { Log } from '../../shared/log.ts'
import { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { Session } from './session.ts'

export class Acceptor extends SMTPServer {
  readonly #sessions = new Map<string, Session>()
  readonly #log: Log
  #closing = false

  constructor(options: SMTPServerOptions, log: Log) {
    super(options)
    this.#log = log
  }

  /** The open session with that id. */
  session(id: string): Session | undefined {
    return this.#sessions.get(id)
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions): void {
    // What was to be done with it first has failed.
    if (socket.destroyed) return
    const guard = new ConnectionGuard(socket, this.#log, 'smtp')
    guard.run(() => this.#begin(new Session(this, socket, guard, options), socket))
  }

  #begin(session: Session, socket: Socket | TLSSocket): void {
    this.#sessions.set(session.id, session)
    socket.once('close', () => this.#sessions.delete(session.id))
    this.connections.add(session)
    session.on('error', (error: Error) => session.guard.run(() => this.emit('error', error)))
    if (this.#closing) session.leave()
    session.init()
  }

  /** Asks every session to leave, those too that are only about to be greeted. */
  dismiss(): void {
    this.#closing = true
    for (const session of this.#sessions.values()) session.leave()
  }

  /** The library would load its built-in key here, which everybody knows. There is no TLS, so there is no key. */
  override updateSecureContext(): void {
    this.secureContext = new Map()
  }
}
