/** Parses mail addresses as people write them. Pure. */
import { UsageError } from '../../shared/errors.ts'

/** An address with its display name, which is `''` if there is none (RFC 5322, section 3.4). */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

const NAME_ADDR = /^([^<>]*?)\s*<([^<>]*)>$/
// The text between the brackets of MAIL and RCPT. Without a space or bracket it cannot add a parameter.
const ADDRESS = /^(?:[^\s<>@,;]+@[^\s<>@,;]+|postmaster)$/i

/**
 * Parses one `ann@example.org` or `Ann <ann@example.org>` (RFC 5322, section 3.4, without its obsolete forms).
 *
 * @throws UsageError if the text is not exactly one address
 */
export function parseMailbox(field: string, text: string): Mailbox {
  const [, name = '', bracketed] = NAME_ADDR.exec(text.trim()) ?? []
  const address = bracketed ?? text.trim()
  if (ADDRESS.test(address)) return { name: name.replace(/^"(.*)"$/, '$1'), address }
  throw new UsageError(
    `${field}: ${JSON.stringify(text)} is not a mail address. Give one address, as in ann@example.org or Ann <ann@example.org>`,
  )
}

/** Returns the domain of an address; undefined for `postmaster`, which has none (RFC 5321, section 4.1.1.3). */
export function domainOf(address: string): string | undefined {
  const at = address.lastIndexOf('@')
  return at < 0 ? undefined : address.slice(at + 1)
}

/** Returns the address in an address literal, `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321, section 4.1.3). */
export function parseAddressLiteral(domain: string): string | undefined {
  const { address } = /^\[(?:IPv6:)?(?<address>[\da-f:.]+)\]$/i.exec(domain)?.groups ?? {}
  return address
}
