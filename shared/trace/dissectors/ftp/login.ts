/** Follows the login (RFC 959, section 4.1.1) by commands and their replies. */

export class Login {
  #user = ''
  #isLoggedIn = false

  /** Takes a command. */
  command(verb: string, line: string): void {
    if (verb === 'USER') this.#user = line.trim().slice('USER '.length)
  }

  /** Takes the reply to a command; describes the change, if there is one. */
  reply(verb: string | undefined, code: number): string | undefined {
    if (code === 230) {
      this.#isLoggedIn = true
      return `logged in as ${this.#user}`
    }
    const endsSession = code === 221 || code === 421
    // USER, AUTH and REIN end the previous login.
    const beginsLogin =
      (verb === 'USER' && code === 331) || (verb === 'AUTH' && code === 234) || (verb === 'REIN' && code === 220)
    if (!this.#isLoggedIn || !(endsSession || beginsLogin)) return undefined
    this.#isLoggedIn = false
    return 'logged out'
  }
}
