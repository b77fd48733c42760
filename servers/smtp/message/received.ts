/** The `Received` header that a server adds to every message that it accepts (RFC 5321, section 4.4). Pure. */

export interface Reception {
  /** The argument of HELO or EHLO. */
  readonly helo: string
  /** The client's IP address. */
  readonly address: string
  /** The name of this server. */
  readonly by: string
  /** `SMTP`, `ESMTP`, or with SMTPUTF8 `UTF8SMTP` (RFC 6531, section 3.7.3). */
  readonly protocol: string
  readonly recipients: readonly string[]
  /** As `dateTime` formats it. */
  readonly at: string
}

/** A domain or an address literal. The header omits other arguments. */
const HELO_NAME = /^(?:[a-z0-9_](?:[a-z0-9_.-]{0,253})|\[[a-z0-9.:]{2,50}\])$/i

/** Returns the header with its CRLF, folded as in the examples of the RFC. */
export function receivedHeader({ helo, address, by, protocol, recipients, at }: Reception): string {
  const literal = addressLiteral(address)
  const from = HELO_NAME.test(helo) ? helo : literal
  const [recipient, ...others] = recipients
  // Naming several recipients would disclose them to each other (RFC 5321, section 7.6).
  const forClause = recipient !== undefined && others.length === 0 ? ` for <${recipient}>` : ''
  return `Received: from ${from} (${literal})\r\n\tby ${by} with ${protocol}${forClause};\r\n\t${at}\r\n`
}

/** Formats an address literal (RFC 5321, section 4.1.3). */
function addressLiteral(address: string): string {
  return address.includes(':') ? `[IPv6:${address}]` : `[${address}]`
}

/** Formats a date and time in UTC (RFC 5322, section 3.3): `Sun, 22 Nov 2026 17:00:42 +0000`. */
export function dateTime(at: Date): string {
  return at.toUTCString().replace('GMT', '+0000')
}
