/** Matches replies with commands (RFC 959, section 5.4). */

export interface Command {
  readonly exchange: number
  readonly verb: string
}

/** Commands that wait for their replies; replies to later ones have no exchange. */
const MAX_PENDING_COMMANDS = 1000

/** The commands whose content goes over a data connection (RFC 959, section 4.1.3; RFC 3659, section 7). */
const TRANSFER_VERBS: ReadonlySet<string> = new Set(['RETR', 'STOR', 'STOU', 'APPE', 'LIST', 'NLST', 'MLSD'])

/** Codes of a greeting (RFC 959, section 5.4). */
const GREETING_CODES: ReadonlySet<number> = new Set([120, 220, 421])

export class PendingCommands {
  readonly #commands: Command[] = []
  /** The exchange of the last command with a preliminary reply (1yz): the final reply follows. */
  #started = 0
  #lastTransferExchange = 0
  #isGreeted = false

  /** The exchange of the first transfer without a final reply, or else of the last one with a reply. */
  get transferExchange(): number {
    return this.#commands.find(({ verb }) => TRANSFER_VERBS.has(verb))?.exchange ?? this.#lastTransferExchange
  }

  add(command: Command): void {
    if (this.#commands.length < MAX_PENDING_COMMANDS) this.#commands.push(command)
  }

  /** Forgets the commands without a reply. */
  clear(): void {
    this.#commands.length = 0
  }

  /** Returns the command that a reply answers; undefined for the greeting, and for a reply without a command. */
  match(code: number): Command | undefined {
    if (!this.#isGreeted && GREETING_CODES.has(code)) {
      // 120: the greeting follows.
      this.#isGreeted = code !== 120
      return undefined
    }
    this.#isGreeted = true
    const index = this.#indexFor(code)
    const command = this.#commands[index]
    if (!command) return undefined
    if (code < 200) this.#started = command.exchange
    else if (index === 0) this.#commands.shift()
    else this.#commands.splice(index, 1)
    if (TRANSFER_VERBS.has(command.verb)) this.#lastTransferExchange = command.exchange
    return command
  }

  /** Replies arrive in the order of commands, except that STAT is answered during a transfer (RFC 959, section 4.1.3). */
  #indexFor(code: number): number {
    const isStatusReply = code >= 211 && code <= 213
    if (!isStatusReply || this.#commands[0]?.exchange !== this.#started) return 0
    return Math.max(
      0,
      this.#commands.findIndex(({ verb }) => verb === 'STAT'),
    )
  }
}
