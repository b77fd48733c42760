/** A command: its syntax, the login that it requires, and the function that runs it. */
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'

/** Sends a reply; with several lines, a multi-line reply. The codes 221 and 421 also close the control connection. */
export type Reply = (code: number, ...lines: string[]) => void

/**
 * The login that a command requires. For `read` and `write`, which use the file tree, the account must still exist; for `write`,
 * it may also write somewhere.
 */
export type Requirement = 'nothing' | 'login' | 'read' | 'write'

export interface Command {
  /** The argument, as HELP shows it. */
  readonly syntax: string
  readonly requires: Requirement
  /** The line of the FEAT reply (RFC 2389), for what RFC 959 does not have. It can depend on the settings of the session. */
  readonly feature?: string | ((state: SessionState) => string | undefined)
  /** Sends the final reply, or throws a `ReplyError`, which the session sends as the reply. */
  run(state: SessionState, reply: Reply, argument: string): void | Promise<void>
}

/** Commands by their verbs. */
export type Commands = Readonly<Record<string, Command>>

/** Returns the command with a check: it replies 501 with the text if there is no argument. */
export function withArgument(text: string, command: Command): Command {
  return {
    ...command,
    run: (state, reply, argument) => {
      if (argument === '') throw new ReplyError(501, text)
      return command.run(state, reply, argument)
    },
  }
}
