/** The domains that the server accepts mail for; `*` is every domain. Pure. */
import { asciiDomain } from '../../../shared/net/ascii-domain.ts'
import type { Mailbox } from './path.ts'

/** Domains match in any case, in Unicode or in ASCII (RFC 5321, section 2.3.5). */
export class AcceptedDomains {
  readonly #domains: ReadonlySet<string>
  readonly #acceptsAll: boolean

  constructor(domains: readonly string[]) {
    this.#domains = new Set(domains.map(asciiDomain))
    this.#acceptsAll = domains.includes('*')
  }

  /**
   * Returns true if the server accepts mail for the recipient. `Postmaster`, which needs no domain, always is (RFC 5321,
   * section 4.5.1).
   */
  accept({ domain }: Pick<Mailbox, 'domain'>): boolean {
    return domain === undefined || this.#acceptsAll || this.#domains.has(asciiDomain(domain))
  }
}
