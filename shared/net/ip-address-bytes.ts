/** Converts IP addresses to bytes: 4 for IPv4, 16 for IPv6. Pure. */

/**
 * Returns the bytes of an IP address in text, without brackets; a zone id after `%` is ignored.
 *
 * @throws RangeError if the text is not an IP address
 */
export function ipAddressBytes(address: string): Buffer {
  const bytes = address.includes(':') ? ipv6Bytes(address) : ipv4Bytes(address)
  if (!bytes) throw new RangeError(`${JSON.stringify(address)} is not an IP address`)
  return bytes
}

function ipv4Bytes(address: string): Buffer | undefined {
  const parts = address.split('.')
  const isByte = (part: string) => /^\d{1,3}$/.test(part) && Number(part) <= 255
  return parts.length === 4 && parts.every(isByte) ? Buffer.from(parts.map(Number)) : undefined
}

const GROUPS = 8

/** RFC 4291, section 2.2: groups of 16 bits, `::` for a run of zeros, the last two also as an IPv4 address. */
function ipv6Bytes(address: string): Buffer | undefined {
  const [plain = ''] = address.split('%')
  const halves = plain.split('::')
  const [head = [], tail = []] = halves.map(groupsOf)
  const missing = GROUPS - head.length - tail.length
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail]
  if (!groups.every(group => /^[\da-f]{1,4}$/i.test(group))) return undefined
  return Buffer.from(groups.map(group => group.padStart(4, '0')).join(''), 'hex')
}

function groupsOf(half: string): string[] {
  if (half === '') return []
  return half.split(':').flatMap(group => {
    const mapped = group.includes('.') ? ipv4Bytes(group)?.toString('hex') : undefined
    return mapped ? [mapped.slice(0, 4), mapped.slice(4)] : [group]
  })
}
