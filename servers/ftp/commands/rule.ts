/** What a command is: who may give it, how HELP shows it, whether FEAT tells of it, and what it does. */
import type { Command } from '../lines.ts'
import type { Session } from '../session.ts'

export interface Rule {
  /** What follows the command, for HELP. */
  readonly syntax: string
  /** `writer`: an account that may write. */
  readonly needs: 'nothing' | 'login' | 'writer'
  /** The line in FEAT's answer (RFC 2389), where the command came after RFC 959. */
  readonly feature?: string
  /** Answers itself, or throws a Refusal that is sent. */
  run(session: Session, command: Command): void | Promise<void>
}

export type Rules = Readonly<Record<string, Rule>>
