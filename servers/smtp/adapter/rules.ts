/** What the server decides for its sessions; the rest of the protocol belongs to the session and to smtp-server. */
import type { Conversation } from '../../../shared/trace/conversation.ts'
import type { Mailbox } from '../commands/path.ts'
import type { Transaction, TransactionRules } from '../commands/transaction.ts'
import type { IncomingMessage } from '../message/incoming-message.ts'
import type { MessageBudget } from '../message/message-budget.ts'
import type { Reply } from '../replies.ts'
import type { SignedIn, SignIn } from '../sign-ins.ts'

/** A message that was received, and the session that it was received in. */
export interface ReceivedMessage {
  readonly session: SessionInfo
  readonly transaction: Transaction
  readonly message: IncomingMessage
  /** The session so far as text, one line for each command and reply. */
  readonly transcript: string
  /** Causes the statements that store the message. */
  readonly conversation: Conversation
}

/** The part of smtp-server's connection that a message needs. */
export interface SessionInfo {
  readonly remoteAddress: string
  readonly hostNameAppearsAs: string | false
  readonly session: { readonly user?: unknown; readonly transmissionType: string }
}

export interface Rules extends Omit<TransactionRules, 'checkRecipient'> {
  /** Returns the reply that refuses a recipient of a session's mail; undefined accepts it. */
  readonly checkRecipient: (
    mailbox: Mailbox,
    declaredSize: number,
    conversation: Conversation,
  ) => ReturnType<TransactionRules['checkRecipient']>
  readonly budget: MessageBudget
  /** Milliseconds in which a client sends its next command. */
  readonly commandTimeout: number
  /** Milliseconds in which a client sends all of a message. */
  readonly dataTimeout: number
  readonly acceptsBareNewlines: boolean
  /** True if the suite has a certificate, so that STARTTLS is offered. */
  readonly hasTls: boolean
  readonly requiresAuth: boolean
  readonly authMethods: readonly string[]
  /** True if credentials may be sent from this address without TLS. */
  readonly isTrustedNetwork: (address: string) => boolean
  /** Returns the account, or the reply that refuses the credentials. */
  readonly signIn: (signIn: SignIn, address: string) => Promise<SignedIn | Reply>
  /** Returns the reply that refuses mail of a session; undefined accepts it. */
  readonly checkSender: (
    signedIn: SignedIn | undefined,
    conversation: Conversation,
  ) => Promise<Reply | undefined> | undefined
  /** Stores a message; returns the reply to it. */
  readonly store: (message: ReceivedMessage) => Promise<Reply>
}
