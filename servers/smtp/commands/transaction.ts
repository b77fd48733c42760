/**
 * A mail transaction (RFC 5321, section 3.3): MAIL begins it, each RCPT adds a recipient, DATA or BDAT ends it. The functions
 * return the reply to a command; nothing else is changed by a command that is rejected. Pure.
 */
import type { Envelope, RecipientParameters } from '../../../shared/store/mail/message.ts'
import type { Reply } from '../replies.ts'
import {
  ALREADY_STARTED,
  badPath,
  CHUNK_DISCARDED,
  NEED_CHUNK,
  NEED_MAIL,
  NEED_RCPT,
  NEED_SMTPUTF8,
  RECIPIENT_OK,
  SENDER_OK,
  START_DATA,
  TOO_MANY_RECIPIENTS,
  tooBig,
} from '../replies.ts'
import { parseMailParameters, parseRcptParameters, type SenderParameters } from './parameters.ts'
import { type Mailbox, parsePathArgument } from './path.ts'

export interface TransactionRules {
  readonly maxSize: number
  readonly maxRecipients: number
  /** The reply that refuses a recipient; undefined accepts it. */
  readonly checkRecipient: (mailbox: Mailbox, declaredSize: number) => Promise<Reply | undefined> | Reply | undefined
}

interface Sender {
  readonly address: string
  readonly parameters: SenderParameters
}

interface Recipient {
  readonly address: string
  readonly parameters: RecipientParameters
}

export class Transaction {
  readonly #rules: TransactionRules
  #sender: Sender | undefined
  #recipients: Recipient[] = []
  /** True after the first chunk of BDAT: no other command of the transaction is allowed then (RFC 3030, section 2). */
  #hasChunks = false
  /** True if a chunk was rejected: pipelined chunks of the same message can follow (RFC 3030, section 4.2). */
  #hasFailed = false

  constructor(rules: TransactionRules) {
    this.#rules = rules
  }

  get isOpen(): boolean {
    return this.#sender !== undefined
  }

  get sender(): Sender | undefined {
    return this.#sender
  }

  get envelope(): Envelope {
    return { from: this.#sender?.address ?? '', to: this.#recipients.map(({ address }) => address) }
  }

  /** In the order of `envelope.to`. */
  get recipientParameters(): readonly RecipientParameters[] {
    return this.#recipients.map(({ parameters }) => parameters)
  }

  reset(): void {
    this.#sender = undefined
    this.#recipients = []
    this.#hasChunks = false
    this.#hasFailed = false
  }

  /** Ends the transaction because of a chunk that is not the last. */
  fail(): void {
    this.reset()
    this.#hasFailed = true
  }

  /** @param argument what follows `MAIL ` */
  mail(argument: string): Reply {
    if (this.#sender) return ALREADY_STARTED
    const path = parsePathArgument(argument, 'FROM')
    if (typeof path === 'string') return badPath('FROM', path)
    const parameters = parseMailParameters(path.parameters)
    if (isReply(parameters)) return parameters
    const { size = 0, smtputf8 = false } = parameters
    if (size > this.#rules.maxSize) return tooBig(this.#rules.maxSize)
    if (path.mailbox?.isInternational && !smtputf8) return NEED_SMTPUTF8
    this.#hasFailed = false
    this.#sender = { address: path.mailbox?.address ?? '', parameters }
    return SENDER_OK
  }

  /** @param argument what follows `RCPT ` */
  rcpt(argument: string): Reply | Promise<Reply> {
    if (!this.#sender) return NEED_MAIL
    if (this.#hasChunks) return NEED_CHUNK
    const path = parsePathArgument(argument, 'TO')
    if (typeof path === 'string') return badPath('TO', path)
    const { mailbox } = path
    if (!mailbox) return badPath('TO', 'path')
    const parameters = parseRcptParameters(path.parameters)
    if (isReply(parameters)) return parameters
    const refusal = this.#refuse(mailbox, this.#sender)
    if (refusal instanceof Promise) return refusal.then(reply => reply ?? this.#accept(mailbox, parameters))
    return refusal ?? this.#accept(mailbox, parameters)
  }

  /** The reply to DATA: 354 if the message may follow. */
  data(): Reply {
    if (!this.#sender) return NEED_MAIL
    if (this.#hasChunks) return NEED_CHUNK
    return this.#recipients.length === 0 ? NEED_RCPT : START_DATA
  }

  /** Begins a chunk. The reply that rejects it; undefined if its content is to be kept. */
  chunk(): Reply | undefined {
    if (this.#hasFailed) return CHUNK_DISCARDED
    if (!this.#sender) return NEED_MAIL
    if (this.#recipients.length === 0) return NEED_RCPT
    this.#hasChunks = true
    return undefined
  }

  #refuse(mailbox: Mailbox, sender: Sender): ReturnType<TransactionRules['checkRecipient']> {
    const { size = 0, smtputf8 = false } = sender.parameters
    if (mailbox.isInternational && !smtputf8) return NEED_SMTPUTF8
    const isKnown = this.#recipients.some(({ address }) => address === mailbox.address)
    if (!isKnown && this.#recipients.length >= this.#rules.maxRecipients) return TOO_MANY_RECIPIENTS
    return this.#rules.checkRecipient(mailbox, size)
  }

  /** A recipient that is named again replaces the one before; the local part is case-sensitive (section 2.4). */
  #accept({ address }: Mailbox, parameters: RecipientParameters): Reply {
    const recipient = { address, parameters }
    const index = this.#recipients.findIndex(known => known.address === address)
    if (index < 0) this.#recipients.push(recipient)
    else this.#recipients[index] = recipient
    return RECIPIENT_OK
  }
}

function isReply(value: object): value is Reply {
  return 'code' in value
}
