/** A rule of the command table: the syntax of a command, what it requires, and the function that runs it. */
import type { SessionState } from '../session/state.ts'

/** Sends a reply; with several lines, a multi-line reply. The codes 221 and 421 also close the control connection. */
export type Reply = (code: number, ...lines: string[]) => void

export interface Rule {
  /** The argument, as HELP shows it. */
  readonly syntax: string
  /** What the client needs: `write` is an account that may write. */
  readonly requires: 'nothing' | 'login' | 'write'
  /** The line of the FEAT reply (RFC 2389), for commands newer than RFC 959. */
  readonly feature?: string
  /** Sends the final reply, or throws a `ReplyError`, which the session sends. */
  run(state: SessionState, reply: Reply, argument: string): void | Promise<void>
}

export type Rules = Readonly<Record<string, Rule>>
