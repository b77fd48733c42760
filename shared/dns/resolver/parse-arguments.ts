/** Parses the arguments of callers: names, types, classes, keys and addresses as text. Pure. */
import { errorText, UsageError } from '../../errors.ts'
import { ipAddressBytes } from '../../net/ip-address-bytes.ts'
import { type ClassName, classes, parseTypeName, type TypeName } from '../codes.ts'
import { parseName } from '../name.ts'
import { parseTsigKey, type TsigKey } from '../tsig/key.ts'

/** @throws UsageError if the name is invalid */
export function parseQueryName(text: string): string {
  // JavaScript programs can pass any value.
  if (typeof text !== 'string') throw new UsageError(`invalid name: it must be a string, not ${JSON.stringify(text)}`)
  return orUsageError(() => parseName(text))
}

/** @throws UsageError if the type is unknown */
export function parseType(text: string): TypeName {
  const type = parseTypeName(text)
  if (type) return type
  throw new UsageError(`${JSON.stringify(text)} is not a record type. Use one such as A, AAAA, MX, TXT or TYPE65`)
}

/** @throws UsageError if the class is unknown */
export function parseClass(text = 'IN'): ClassName {
  const code = classes.code(text)
  if (code !== undefined) return classes.name(code)
  throw new UsageError(`${JSON.stringify(text)} is not a class. Use one such as IN, CH or CLASS255`)
}

/** @throws UsageError if the key is invalid; its message does not contain the secret */
export function parseKey(key: string | TsigKey | undefined): TsigKey | undefined {
  return typeof key === 'string' ? orUsageError(() => parseTsigKey(key)) : key
}

function orUsageError<Value>(parse: () => Value): Value {
  try {
    return parse()
  } catch (cause) {
    throw new UsageError(errorText(cause), { cause })
  }
}

/**
 * Returns the name of an address's PTR record: `1.0.0.127.in-addr.arpa` (RFC 1035, section 3.5), or nibbles under
 * `ip6.arpa` (RFC 3596, section 2.5).
 *
 * @throws UsageError if the address is invalid
 */
export function reverseName(address: string): string {
  const bytes = orUsageError(() => ipAddressBytes(address))
  if (bytes.length === 4) return `${[...bytes].toReversed().join('.')}.in-addr.arpa`
  return `${[...bytes.toString('hex')].toReversed().join('.')}.ip6.arpa`
}
