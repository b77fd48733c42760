/** What a person or a program wrote of a question, read: names, types, classes, addresses, keys. Pure. */

import { type ClassName, classes, parseTypeName, type TypeName } from '../../shared/dns/codes.ts'
import { parseName } from '../../shared/dns/name.ts'
import { parseTsigKey, type TsigKey } from '../../shared/dns/tsig/key.ts'
import { errorText, UsageError } from '../../shared/errors.ts'
import { ipAddressBytes } from '../../shared/net/ip-address-bytes.ts'

/** @throws UsageError for what is no name */
export function readName(text: string): string {
  // Programs without types come here as well.
  if (typeof text !== 'string') throw new UsageError(`give the name as a string, not ${JSON.stringify(text)}`)
  return orUsageError('a name', () => parseName(text))
}

/** @throws UsageError for what is no type */
export function readType(text: string): TypeName {
  const type = parseTypeName(text)
  if (type) return type
  throw new UsageError(`${JSON.stringify(text)} is not a type of records; A, AAAA, MX, TXT or TYPE65 are`)
}

/** @throws UsageError for what is no class */
export function readClass(text = 'IN'): ClassName {
  const code = classes.code(text)
  if (code !== undefined) return classes.name(code)
  throw new UsageError(`${JSON.stringify(text)} is not a class; IN, CH or CLASS255 are`)
}

/** @throws UsageError for what is no key; the secret is not repeated */
export function readKey(key: string | TsigKey | undefined): TsigKey | undefined {
  return typeof key === 'string' ? orUsageError('a key', () => parseTsigKey(key)) : key
}

function orUsageError<Value>(what: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw new UsageError(`that is not ${what}: ${errorText(cause)}`, { cause })
  }
}

/**
 * The name under which an address has its name: `1.0.0.127.in-addr.arpa` (RFC 1035, section 3.5), or nibbles under
 * `ip6.arpa` (RFC 3596, section 2.5).
 *
 * @throws UsageError for what is no address
 */
export function reverseName(address: string): string {
  const bytes = orUsageError('an address', () => ipAddressBytes(address))
  if (bytes.length === 4) return `${[...bytes].toReversed().join('.')}.in-addr.arpa`
  return `${[...bytes.toString('hex')].toReversed().join('.')}.ip6.arpa`
}
