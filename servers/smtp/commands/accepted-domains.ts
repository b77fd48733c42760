/** The domains that the server accepts mail for; `*` is every domain. Pure. */
import { domainToASCII } from 'node:url'

/** Every server accepts mail for this recipient without a domain, in any case (RFC 5321, section 4.5.1). */
const POSTMASTER = 'postmaster'

/** Domains match in any case, in Unicode or in ASCII (RFC 5321, section 2.3.5). */
export class AcceptedDomains {
  readonly #domains: ReadonlySet<string>
  readonly #acceptsAll: boolean

  constructor(domains: readonly string[]) {
    this.#domains = new Set(domains.map(canonical))
    this.#acceptsAll = domains.includes('*')
  }

  /** Returns true if the server accepts mail for the recipient: `alice@fourwire.test`, `Postmaster`. */
  accept(recipient: string): boolean {
    const at = recipient.lastIndexOf('@')
    if (at < 0) return recipient.toLowerCase() === POSTMASTER
    return this.#acceptsAll || this.#domains.has(canonical(recipient.slice(at + 1)))
  }
}

/** `domainToASCII` returns '' for an invalid domain, which then matches no valid one. */
function canonical(domain: string): string {
  return domainToASCII(domain) || domain.toLowerCase()
}
