/** The commands of a session (RFC 5321, section 4.1.1): what each does. smtp-server runs AUTH, STARTTLS and QUIT. Pure. */
import {
  BAD_CHUNK,
  BAD_HELLO,
  BAD_HOST_NAME,
  CANNOT_VERIFY,
  greeting,
  HELP,
  NO_VRFY_ADDRESS,
  NOTHING_DONE,
  RESET_OK,
  type Reply,
} from '../replies.ts'
import { type Chunk, parseChunk } from './chunk.ts'
import type { Transaction } from './transaction.ts'

/** The session that a command acts on. */
export interface CommandTarget {
  readonly transaction: Transaction
  /** The name of this server. */
  readonly name: string
  /** The client's address as a literal. */
  readonly client: string
  /** The keywords of the reply to EHLO. */
  readonly extensions: readonly string[]
  /** Records the name of the client, and ends the transaction. */
  introduce(hostName: string): void
  /** Ends the transaction. */
  reset(): void
  /** Begins a transaction, if the session may send mail. */
  startTransaction(argument: string): Reply | Promise<Reply>
  /** Reads a message; the reply is 354 if it may follow. */
  startData(): Reply
  /** Reads a chunk of a message, and replies at its end. */
  startChunk(chunk: Chunk): void
}

/** Runs a command. Returns undefined if the reply follows later. */
export type Command = (session: CommandTarget, argument: string) => Reply | Promise<Reply> | undefined

/** Octets of a domain (RFC 5321, section 4.5.3.1.2). */
const MAX_HOST_NAME = 255

export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['EHLO', (session, argument) => hello(session, argument) ?? greeting(session, session.extensions)],
  ['HELO', (session, argument) => hello(session, argument) ?? greeting(session, [])],
  ['MAIL', (session, argument) => session.startTransaction(argument)],
  ['RCPT', ({ transaction }, argument) => transaction.rcpt(argument)],
  ['DATA', session => session.startData()],
  ['BDAT', bdat],
  ['RSET', rset],
  ['NOOP', () => NOTHING_DONE],
  ['VRFY', (_session, argument) => (argument === '' ? NO_VRFY_ADDRESS : CANNOT_VERIFY)],
  ['HELP', () => HELP],
])

/** Introduces the client. Returns the reply that rejects its name; undefined if it is accepted. */
function hello(session: CommandTarget, name: string): Reply | undefined {
  if (name === '' || /\s/.test(name)) return BAD_HELLO
  if (name.length > MAX_HOST_NAME || /\p{Cc}/u.test(name)) return BAD_HOST_NAME
  session.introduce(name)
  return undefined
}

function bdat(session: CommandTarget, argument: string): Reply | undefined {
  const chunk = parseChunk(argument)
  if (!chunk) return BAD_CHUNK
  session.startChunk(chunk)
  return undefined
}

function rset(session: CommandTarget): Reply {
  session.reset()
  return RESET_OK
}
