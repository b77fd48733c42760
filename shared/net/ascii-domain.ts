/** Domain names in the form of the DNS. Pure. */
import { domainToASCII } from 'node:url'

/** Names that stay as they are, which is nearly all of them: `domainToASCII` takes fifty times as long as this test. */
const IS_ASCII = /^[a-z][a-z\d-]*(?:\.[a-z][a-z\d-]*)*$/

/**
 * Returns a domain in lower case and in ASCII (A-labels, RFC 5890), so that two spellings of a domain can be compared:
 * `xn--mnchen-3ya.example` for `München.example`. What is not a domain is only put in lower case.
 */
export function asciiDomain(domain: string): string {
  const lower = domain.toLowerCase()
  return IS_ASCII.test(lower) && !lower.includes('xn--') ? lower : domainToASCII(lower) || lower
}
