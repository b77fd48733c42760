/** Stores a received message, and returns the reply to it. */
import type { Log } from '../../../shared/log.ts'
import type { MailStore } from '../../../shared/store/mail/mail-store.ts'
import type { NewMessage } from '../../../shared/store/mail/message.ts'
import { StoreError } from '../../../shared/store/store-error.ts'
import type { ReceivedMessage, SessionInfo } from '../adapter/rules.ts'
import { LOCAL_ERROR, messageStored, type Reply, STORE_FULL, TOO_MUCH_IN_TRANSIT } from '../replies.ts'
import type { SignedIn } from '../sign-ins.ts'
import { dateTime, receivedHeader } from './received.ts'

export class MessageStorage {
  readonly #mail: MailStore
  readonly #hostName: string
  readonly #log: Log
  /** The last date and time: to format one takes longer than the rest of the header. */
  #formatted = { second: Number.NaN, text: '' }

  constructor(mail: MailStore, { name }: { readonly name: string }, log: Log) {
    this.#mail = mail
    this.#hostName = name
    this.#log = log
  }

  /** Resolves with 250 once the message is on the disk; only then is the server responsible for it (RFC 5321, section 6.1). */
  async store({ session, transaction, message, transcript, conversation }: ReceivedMessage): Promise<Reply> {
    const { envelope, sender } = transaction
    const { size: _declared, ...parameters } = sender?.parameters ?? {}
    const signedIn = session.session.user as SignedIn | undefined
    const header = this.#receivedHeader(session, envelope.to, parameters.smtputf8 === true)
    const raw = message.takeContent(Buffer.from(header))
    if (!raw) return TOO_MUCH_IN_TRANSIT
    try {
      const stored: NewMessage = {
        envelope,
        raw,
        size: message.size,
        account: signedIn?.account,
        parameters: { ...parameters, credentials: signedIn?.credentials },
        recipientParameters: transaction.recipientParameters,
        transcript: id => `${transcript}S: 250 ${messageStored(id)}\n`,
      }
      const id = await this.#mail.add(stored, conversation)
      this.#log.info({ id, ...envelope, size: message.size }, 'smtp: message stored')
      return { code: 250, text: messageStored(id) }
    } catch (error) {
      if (error instanceof StoreError && error.code === 'full') return STORE_FULL
      // The store logs once that the database is away.
      const isAway = error instanceof StoreError && error.code === 'unavailable'
      if (!isAway) this.#log.error({ client: session.remoteAddress, err: error }, 'smtp: message not stored')
      return LOCAL_ERROR
    }
  }

  #receivedHeader(session: SessionInfo, recipients: readonly string[], isInternational: boolean): string {
    const { transmissionType } = session.session
    return receivedHeader({
      helo: session.hostNameAppearsAs || '',
      address: session.remoteAddress,
      by: this.#hostName,
      // RFC 6531, section 3.7.3.
      protocol: isInternational ? transmissionType.replace(/^E?SMTP/, 'UTF8SMTP') : transmissionType,
      recipients,
      at: this.#now(),
    })
  }

  /** The current date and time. */
  #now(): string {
    const second = Math.floor(Date.now() / 1000)
    if (second !== this.#formatted.second) this.#formatted = { second, text: dateTime(new Date(second * 1000)) }
    return this.#formatted.text
  }
}
