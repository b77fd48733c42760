/** A command: its syntax, the login that it requires, and the function that runs it. */
import type { SessionState } from '../session/state.ts'

/** Sends a reply; with several lines, a multi-line reply. The codes 221 and 421 also close the control connection. */
export type Reply = (code: number, ...lines: string[]) => void

export interface Command {
  /** The argument, as HELP shows it. */
  readonly syntax: string
  /** The login that the command requires; `write`: of an account that may write. */
  readonly requires: 'nothing' | 'login' | 'write'
  /** The line of the FEAT reply (RFC 2389), for commands newer than RFC 959. */
  readonly feature?: string
  /** Sends the final reply, or throws a `ReplyError`, which the session sends as the reply. */
  run(state: SessionState, reply: Reply, argument: string): void | Promise<void>
}

/** Commands by their verbs. */
export type Commands = Readonly<Record<string, Command>>
