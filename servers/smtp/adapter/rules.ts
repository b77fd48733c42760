/** What the server decides for its sessions; the rest of the protocol is the session's and smtp-server's. */

import type { Transaction, TransactionRules } from '../commands/transaction.ts'
import type { DataReader } from '../message/data-reader.ts'
import type { MessageBudget } from '../message/message-budget.ts'
import type { Transcript } from '../message/transcript.ts'
import type { Reply } from '../replies.ts'
import type { SignedIn } from '../sign-ins.ts'

/** Credentials from AUTH. */
export interface SignIn {
  readonly mechanism: string
  readonly user: string
  readonly password: string
}

/** A message that was received, and the session that it came from. */
export interface ReceivedMessage {
  readonly session: SessionInfo
  readonly transaction: Transaction
  readonly reader: DataReader
  readonly transcript: Transcript
}

/** The part of smtp-server's connection that a message needs. */
export interface SessionInfo {
  readonly remoteAddress: string
  readonly hostNameAppearsAs: string | false
  readonly session: { readonly user?: unknown; readonly transmissionType: string }
}

export interface Rules extends TransactionRules {
  readonly budget: MessageBudget
  /** Milliseconds in which a client sends its next command, and the whole of a message. */
  readonly commandTimeout: number
  readonly dataTimeout: number
  readonly acceptsBareNewlines: boolean
  /** True if the suite has a certificate, so that STARTTLS is offered. */
  readonly hasTls: boolean
  readonly requiresAuth: boolean
  readonly authMethods: readonly string[]
  /** True if credentials may be sent from this address without TLS. */
  readonly isTrustedNetwork: (address: string) => boolean
  /** Returns who signed in, or the reply that refuses the credentials. */
  readonly signIn: (signIn: SignIn, address: string) => Promise<SignedIn | Reply>
  /** Stores a message; the reply to it. */
  readonly store: (message: ReceivedMessage) => Promise<Reply>
}
