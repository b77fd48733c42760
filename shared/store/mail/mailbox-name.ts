/** From a recipient to its mailbox. Pure. */
import { asciiDomain } from '../../net/ascii-domain.ts'

/**
 * Returns the name of the mailbox of a recipient: lower case, the domain in ASCII, and without the tag that follows `+`
 * (subaddressing, RFC 5233): `Alice+news@Fourwire.test` is delivered to `alice@fourwire.test`.
 */
export function mailboxName(recipient: string): string {
  const at = recipient.lastIndexOf('@')
  const localPart = unquote(at < 0 ? recipient : recipient.slice(0, at)).toLowerCase()
  const plus = localPart.indexOf('+')
  const user = plus > 0 ? localPart.slice(0, plus) : localPart
  if (at < 0) return user
  const domain = recipient.slice(at + 1)
  return `${user}@${domain.startsWith('[') ? domain.toLowerCase() : asciiDomain(domain)}`
}

/** `"john doe"` and `john\ doe` are the same local part (RFC 5321, section 4.1.2). */
function unquote(localPart: string): string {
  return /^"(.*)"$/s.exec(localPart)?.[1]?.replace(/\\(.)/gs, '$1') ?? localPart
}

/** Returns the name of the account that owns a mailbox: its local part. */
export function mailboxOwner(mailbox: string): string {
  const at = mailbox.lastIndexOf('@')
  return at < 0 ? mailbox : mailbox.slice(0, at)
}
