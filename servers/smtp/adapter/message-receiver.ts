/** Receives the messages of one session: after DATA as lines, after BDAT in chunks (RFC 3030). */
import type { Chunk } from '../commands/chunk.ts'
import type { Transaction } from '../commands/transaction.ts'
import { IncomingMessage } from '../message/incoming-message.ts'
import { chunkReceived, contentRejected, type Reply, tooMuchContent } from '../replies.ts'
import type { SmtpInput } from './input.ts'
import type { Rules } from './rules.ts'

/**
 * Bytes that are read and discarded beyond the size bound, so that the client gets the 552 reply at the end of its data,
 * where RFC 5321 puts it.
 */
export const MAX_DISCARDED_BYTES = 16 * 1024 * 1024

export interface ReceiverOptions {
  readonly rules: Rules
  readonly transaction: Transaction
  /** The bytes of the client; STARTTLS replaces the object. */
  readonly input: () => SmtpInput | undefined
  /** Stores a complete message; resolves with the reply to it. */
  readonly store: (message: IncomingMessage) => Promise<Reply>
  /** Called with the size of a complete message, before its reply. */
  readonly onContent: (size: number) => void
  /** Called with the reply to a message or chunk. `ends` is true if the transaction is over. */
  readonly onReply: (reply: Reply, ends: boolean) => void
  /** Called with an error that is a defect. */
  readonly onError: (error: unknown) => void
}

export class MessageReceiver {
  readonly #options: ReceiverOptions
  #message: IncomingMessage | undefined
  #startedAt = 0
  #isIncomplete = false

  constructor(options: ReceiverOptions) {
    this.#options = options
  }

  get isReceiving(): boolean {
    return this.#message !== undefined
  }

  /** True until the client has sent all of the message. */
  get isIncomplete(): boolean {
    return this.#isIncomplete
  }

  /** Milliseconds until all of the message must have been received; undefined if there is no message. */
  get timeLeft(): number | undefined {
    if (!this.#message) return undefined
    return Math.max(1, Math.ceil(this.#startedAt + this.#options.rules.dataTimeout - performance.now()))
  }

  /** Reads a message up to the line that is a dot. */
  startData(): void {
    const message = this.#open({ dotStuffed: true })
    this.#options.input()?.startData(
      bytes => this.#read(message, bytes),
      () => this.#finish(message),
    )
  }

  /** Reads a chunk; its bytes are discarded if there is a rejection. */
  startChunk({ length, isLast }: Chunk, rejection: Reply | undefined): void {
    const { rules, input, onReply } = this.#options
    if (length > rules.maxSize + MAX_DISCARDED_BYTES) {
      onReply(tooMuchContent(rules.maxSize), true)
      return
    }
    if (rejection) {
      input()?.startChunk(
        length,
        () => undefined,
        () => onReply(rejection, isLast),
      )
      return
    }
    const message = this.#message ?? this.#open({ dotStuffed: false })
    input()?.startChunk(
      length,
      bytes => void this.#read(message, bytes),
      () => this.#finishChunk(message, { length, isLast }),
    )
  }

  /** Forgets the message. */
  close(): void {
    this.#message?.close()
    this.#message = undefined
    this.#isIncomplete = false
  }

  #open({ dotStuffed }: { dotStuffed: boolean }): IncomingMessage {
    const { budget, maxSize } = this.#options.rules
    this.#message = new IncomingMessage(budget, { maxSize, dotStuffed })
    this.#startedAt = performance.now()
    this.#isIncomplete = true
    return this.#message
  }

  #read(message: IncomingMessage, bytes: Uint8Array): number | undefined {
    const { rules, onReply } = this.#options
    const end = message.read(bytes)
    if (message.size > rules.maxSize + MAX_DISCARDED_BYTES) onReply(tooMuchContent(rules.maxSize), true)
    return end
  }

  #finishChunk(message: IncomingMessage, { length, isLast }: Chunk): void {
    const { rules, transaction, onReply } = this.#options
    const { rejection } = message
    if (isLast) {
      message.end()
      this.#finish(message)
    } else if (rejection && rejection.reason !== 'malformed') {
      // The client may have sent more chunks already; they are discarded.
      this.close()
      transaction.fail()
      onReply(contentRejected(rejection, rules.maxSize), false)
    } else {
      onReply(chunkReceived(length), false)
    }
  }

  #finish(message: IncomingMessage): void {
    const { store, onContent, onReply, onError } = this.#options
    this.#isIncomplete = false
    onContent(message.size)
    const rejection = this.#reject(message)
    if (rejection) onReply(rejection, true)
    else store(message).then(reply => onReply(reply, true), onError)
  }

  #reject({ rejection }: IncomingMessage): Reply | undefined {
    const { acceptsBareNewlines, maxSize } = this.#options.rules
    if (!rejection || (rejection.reason === 'malformed' && acceptsBareNewlines)) return undefined
    return contentRejected(rejection, maxSize)
  }
}
