/** Counts what a correct client does rarely, and ends sessions that do it too often. Pure. */
import {
  CHUNK_DISCARDED,
  type Reply,
  TOO_MANY_ERRORS,
  TOO_MANY_FAILED_SIGN_INS,
  TOO_MANY_IDLE_COMMANDS,
} from '../replies.ts'

/** Permanent errors, after which the session ends; Postfix's `smtpd_hard_error_limit`. */
const MAX_ERRORS = 20
/**
 * Refusals that a correct client can cause in series: recipients beyond the bound (RFC 5321, section 4.5.3.1.10), and
 * pipelined chunks of a message that has failed (RFC 3030, section 4.2). Postfix's `smtpd_recipient_overshoot_limit`.
 */
const MAX_REFUSALS = 1000
const MAX_FAILED_SIGN_INS = 3
/** Commands without effect between two messages; Postfix's `smtpd_junk_command_limit`. */
const MAX_IDLE_COMMANDS = 100
const IDLE_COMMANDS = new Set(['NOOP', 'RSET', 'VRFY', 'HELP', 'EHLO', 'HELO'])

export class SessionLimits {
  #errors = 0
  #refusals = 0
  #failedSignIns = 0
  #idleCommands = 0

  /** Counts a command. Returns the 421 reply if the session ends instead of running it. */
  countCommand(verb: string): Reply | undefined {
    if (this.#failedSignIns >= MAX_FAILED_SIGN_INS) return TOO_MANY_FAILED_SIGN_INS
    if (this.#errors >= MAX_ERRORS || this.#refusals >= MAX_REFUSALS) return TOO_MANY_ERRORS
    if (IDLE_COMMANDS.has(verb)) this.#idleCommands += 1
    return this.#idleCommands > MAX_IDLE_COMMANDS ? TOO_MANY_IDLE_COMMANDS : undefined
  }

  countReply({ code, text }: Reply): void {
    if (code < 400) return
    if (code < 500 || text === CHUNK_DISCARDED.text) this.#refusals += 1
    else this.#errors += 1
    if (code === 535) this.#failedSignIns += 1
  }

  /** A stored message shows that the client does its work. */
  messageStored(): void {
    this.#idleCommands = 0
  }
}
