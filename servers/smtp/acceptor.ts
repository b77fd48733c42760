/** smtp-server's server, with our sessions and without the key that it carries. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { SMTPServer } from 'smtp-server'
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import { Session } from './session.ts'

export class Acceptor extends SMTPServer {
  readonly #sessions = new Map<string, Session>()
  #closing = false

  /** The open session with that id. */
  session(id: string): Session | undefined {
    return this.#sessions.get(id)
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions): void {
    const session = new Session(this, socket, options)
    this.#sessions.set(session.id, session)
    socket.once('close', () => this.#sessions.delete(session.id))
    this.connections.add(session)
    session.on('error', (error: Error) => this.emit('error', error))
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
