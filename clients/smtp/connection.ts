/**
 * The adapter of nodemailer's SMTPConnection. nodemailer is pinned to one version because the adapter relies on members that are
 * undocumented; `test/clients/smtp/connection.unit.test.ts` fails if one of them changes:
 *
 * - `_upgradeConnection(callback)`: replaces `_socket` with the TLS socket before it returns.
 * - `_supportedExtensions`: the keywords of the server's reply to EHLO that nodemailer knows.
 * - `allowsAuth`, `secure`, `upgrading`: whether the server offers AUTH, TLS is on, or the TLS handshake runs.
 */
import type { Socket } from 'node:net'
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { Conversation } from '../../shared/trace/conversation.ts'

interface UndocumentedMembers {
  readonly _supportedExtensions: readonly string[]
  _upgradeConnection(callback: UpgradeCallback): void
}

type UpgradeCallback = (error: Error | null, secured?: boolean) => void

const { _upgradeConnection: upgrade } = SMTPConnection.prototype as unknown as UndocumentedMembers

export class TracedConnection extends SMTPConnection {
  readonly #conversation: Conversation | undefined

  /** @param conversation the trace of `options.connection`; it continues on the TLS socket after STARTTLS */
  constructor(options: SMTPConnectionOptions & { connection: Socket }, conversation: Conversation | undefined) {
    super(options)
    this.#conversation = conversation
  }

  /** The TLS socket after STARTTLS; undefined before `connect`. */
  get socket(): Socket | undefined {
    return this._socket || undefined
  }

  /** True if the server offers the extension: `DSN`, `SIZE` ... */
  offers(extension: string): boolean {
    return (this as unknown as UndocumentedMembers)._supportedExtensions.includes(extension)
  }

  /** Called by the base class after the 220 to STARTTLS. */
  _upgradeConnection(callback: UpgradeCallback): void {
    this.#conversation?.pause()
    upgrade.call(this as unknown as UndocumentedMembers, callback)
    if (this.socket) this.#conversation?.continueOn(this.socket)
  }
}
