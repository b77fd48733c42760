/** The domains whose mail the server accepts; `*` is every domain. Pure. */
import { domainToASCII } from 'node:url'

/** RFC 5321, section 4.5.1: every server takes mail for this recipient, with no domain, in any case of letters. */
const POSTMASTER = 'postmaster'

/** Domains are the same in any case of letters, and in Unicode as in their ASCII form (RFC 5321, section 2.3.5). */
export class ServedDomains {
  readonly #domains: ReadonlySet<string>
  readonly #acceptsAll: boolean

  constructor(domains: readonly string[]) {
    this.#domains = new Set(domains.map(canonical))
    this.#acceptsAll = domains.includes('*')
  }

  /** True if the server accepts mail for the recipient: `alice@fourwire.test`, `Postmaster`. */
  serves(recipient: string): boolean {
    const at = recipient.lastIndexOf('@')
    if (at < 0) return recipient.toLowerCase() === POSTMASTER
    return this.#acceptsAll || this.#domains.has(canonical(recipient.slice(at + 1)))
  }
}

/** What is no domain at all (`domainToASCII` gives '') is left as it is, and so matches nothing that is one. */
function canonical(domain: string): string {
  return domainToASCII(domain) || domain.toLowerCase()
}
