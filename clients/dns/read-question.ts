/** What a person or a program wrote of a question, read: names, types, classes, addresses, keys. Pure. */
import { type ClassName, classes, type TypeName, typeNamed } from '../../shared/dns/codes.ts'
import { parseName } from '../../shared/dns/name.ts'
import { parseTsigKey, type TsigKey } from '../../shared/dns/tsig-key.ts'
import { errorText, UsageError } from '../../shared/errors.ts'

/** @throws UsageError for what is no name */
export function readName(text: string): string {
  return orUsageError('name', () => parseName(text))
}

/** @throws UsageError for what is no type */
export function readType(text: string): TypeName {
  const type = typeNamed(text)
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
  return typeof key === 'string' ? orUsageError('key', () => parseTsigKey(key)) : key
}

function orUsageError<Value>(what: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    throw new UsageError(`that is not a ${what}: ${errorText(cause)}`, { cause })
  }
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

/**
 * The name under which an address has its name: `1.0.0.127.in-addr.arpa` (RFC 1035, section 3.5), or nibbles under
 * `ip6.arpa` (RFC 3596, section 2.5).
 *
 * @throws UsageError for what is no address
 */
export function reverseName(address: string): string {
  if (IPV4.test(address)) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`
  return `${nibbles(address).toReversed().join('.')}.ip6.arpa`
}

function nibbles(address: string): string[] {
  const url = `http://[${address}]/`
  if (!/^[\da-f:.]+$/i.test(address) || !URL.canParse(url)) {
    throw new UsageError(`${JSON.stringify(address)} is not an address; as in 127.0.0.1, 2001:db8::1`)
  }
  const [before = '', after] = new URL(url).hostname.slice(1, -1).split('::')
  const groups = (text: string) => text.split(':').filter(group => group !== '')
  const [left, right] = [groups(before), groups(after ?? '')]
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...zeros, ...right].flatMap(group => [...group.padStart(4, '0')])
}
