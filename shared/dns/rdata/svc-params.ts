/** Codecs of the SvcParams of service bindings (RFC 9460, sections 7 and 8; RFC 9461; RFC 9540). */
import type { SvcParams } from '../data.ts'
import { excerpt } from '../excerpt.ts'
import { FormatError } from '../message.ts'
import type { WireReader } from '../wire-reader.ts'
import { parseIpv4, parseIpv6, shortIpv6 } from './addresses.ts'
import { fromBase64 } from './binary.ts'
import { bytesToText, MAX_STRING_BYTES, quote, textToBytes } from './text.ts'
import { ParseError } from './tokens.ts'

/** Converts the value of one SvcParam. Its text has no outer quotes and no escapes of the character-string. */
export interface SvcParamCodec<Value> {
  readonly code: number
  /** Reads the value from a reader that contains nothing else. */
  read(reader: WireReader): Value
  write(value: Value): Buffer
  /** @param text undefined if there is no `=` */
  parse(text: Buffer | undefined): Value
  /** Prints the value after the `=`; empty if the parameter has none. */
  print(value: Value): string
}

type Known = Exclude<keyof SvcParams, `key${number}`>

function requireValue(text: Buffer | undefined): Buffer {
  if (!text || text.length === 0) throw new ParseError('value is missing')
  return text
}

/** Splits a list at its commas and resolves `\,` and `\\` (RFC 9460, appendix A.1). */
function splitList(text: Buffer | undefined): Buffer[] {
  const all: number[][] = [[]]
  const bytes = requireValue(text)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === COMMA) all.push([])
    else all.at(-1)?.push(byte === BACKSLASH ? (bytes[++at] ?? noByte()) : (byte ?? noByte()))
  }
  if (all.some(item => item.length === 0)) throw new ParseError('empty item in the list')
  return all.map(item => Buffer.from(item))
}

const COMMA = 0x2c
const BACKSLASH = 0x5c

function noByte(): never {
  throw new ParseError('a backslash at the end escapes nothing')
}

/** Escapes the items for the list, then the list for the character-string (RFC 9460, appendix A.1). */
function printList(all: readonly Buffer[]): string {
  const joined = all.map(item => item.toString('latin1').replace(/[,\\]/g, '\\$&')).join(',')
  return quote(Buffer.from(joined, 'latin1'))
}

function flag(code: number): SvcParamCodec<true> {
  return {
    code,
    read: () => true,
    write: () => Buffer.alloc(0),
    parse(text) {
      if (text && text.length > 0) throw new ParseError('it must not have a value')
      return true
    },
    print: () => '',
  }
}

/** At least one address. */
function addressList(code: number, bytes: number, codec: AddressCodec): SvcParamCodec<readonly string[]> {
  return {
    code,
    read(reader) {
      if (reader.remaining === 0) throw new FormatError('an address hint is empty')
      const all: string[] = []
      while (reader.remaining > 0) all.push(codec.read(reader.take(bytes)))
      return all
    },
    write: all => Buffer.concat(all.map(codec.write)),
    parse: text => splitList(text).map(item => codec.parse(item.toString('latin1'))),
    print: all => all.join(','),
  }
}

interface AddressCodec {
  parse(text: string): string
  read(bytes: Buffer): string
  write(address: string): Buffer
}

const ipv4: AddressCodec = {
  parse: parseIpv4,
  read: bytes => bytes.join('.'),
  write: address => Buffer.from(address.split('.').map(Number)),
}

const ipv6: AddressCodec = {
  parse: parseIpv6,
  read: bytes => shortIpv6(bytes.toString('hex').replace(/.{4}(?!$)/g, '$&:')),
  write(address) {
    const [before = [], after = []] = address.split('::').map(half => half.split(':').filter(group => group !== ''))
    const middle = Array.from({ length: 8 - before.length - after.length }, () => '0')
    const groups = [...before, ...middle, ...after].map(group => group.padStart(4, '0'))
    return Buffer.from(groups.join(''), 'hex')
  },
}

const mandatory: SvcParamCodec<readonly string[]> = {
  code: 0,
  read(reader) {
    const codes: number[] = []
    while (reader.remaining > 0) codes.push(reader.u16())
    const ascending = codes.every((code, index) => code > (codes[index - 1] ?? 0))
    if (codes.length === 0 || !ascending) throw new FormatError('mandatory keys are not in ascending order')
    return codes.map(paramName)
  },
  write: keys => Buffer.concat([...paramNumbers(keys)].map(code => Buffer.of(code >> 8, code & 0xff))),
  parse(text) {
    const written = splitList(text).map(item => item.toString('latin1').toLowerCase())
    const codes = paramNumbers(written)
    if (codes.includes(0)) throw new ParseError('it must not contain itself')
    if (new Set(codes).size < codes.length) throw new ParseError('duplicate key')
    return codes.map(paramName)
  },
  print: keys => keys.join(','),
}

/** Returns the numbers in ascending order, as in wire format. */
function paramNumbers(keys: readonly string[]): number[] {
  return keys.map(paramNumber).sort((one, other) => one - other)
}

const alpn: SvcParamCodec<readonly string[]> = {
  code: 1,
  read(reader) {
    const all: string[] = []
    while (reader.remaining > 0) all.push(bytesToText(reader.take(reader.u8())))
    if (all.length === 0 || all.includes('')) throw new FormatError('an ALPN is empty')
    return all
  },
  write: all => Buffer.concat(all.map(textToBytes).flatMap(id => [Buffer.of(id.length), id])),
  parse(text) {
    const all = splitList(text)
    const long = all.find(({ length }) => length > MAX_STRING_BYTES)
    if (long) throw new ParseError(`${excerpt(bytesToText(long))} is longer than ${MAX_STRING_BYTES} bytes`)
    return all.map(bytesToText)
  },
  print: all => printList(all.map(textToBytes)),
}

const port: SvcParamCodec<number> = {
  code: 3,
  read: reader => reader.u16(),
  write: value => Buffer.of(value >> 8, value & 0xff),
  parse(text) {
    const written = requireValue(text).toString('latin1')
    if (!/^\d{1,5}$/.test(written) || Number(written) > 0xffff)
      throw new ParseError(`${excerpt(written)} is not a port`)
    return Number(written)
  },
  print: String,
}

const ech: SvcParamCodec<Uint8Array> = {
  code: 5,
  read: reader => reader.take(reader.remaining),
  write: bytes => Buffer.from(bytes),
  parse: text => fromBase64(requireValue(text).toString('latin1')),
  print: bytes => Buffer.from(bytes).toString('base64'),
}

const dohpath: SvcParamCodec<string> = {
  code: 7,
  read: reader => bytesToText(reader.take(reader.remaining)),
  write: textToBytes,
  parse: text => bytesToText(requireValue(text)),
  print: path => quote(textToBytes(path)),
}

/** The parameters with a name. */
export const SVC_PARAMS = {
  mandatory,
  alpn,
  'no-default-alpn': flag(2),
  port,
  ipv4hint: addressList(4, 4, ipv4),
  ech,
  ipv6hint: addressList(6, 16, ipv6),
  dohpath,
  ohttp: flag(8),
} as const satisfies { readonly [Key in Known]: SvcParamCodec<Required<SvcParams>[Key]> }

/** A parameter such as `key65333`: its value is opaque bytes (RFC 9460, section 2.1). */
export const UNKNOWN_PARAM: Omit<SvcParamCodec<Uint8Array>, 'code' | 'parse'> = {
  read: reader => reader.take(reader.remaining),
  write: bytes => Buffer.from(bytes),
  print: bytes => (bytes.length === 0 ? '' : quote(bytes)),
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(SVC_PARAMS).map(([key, { code }]) => [code, key]))

/** Returns `alpn`, or `key65333` if the parameter has no name here. */
export function paramName(code: number): string {
  return NAMES.get(code) ?? `key${code}`
}

/**
 * Returns the number of a parameter.
 *
 * @throws ParseError if the key is unknown
 */
export function paramNumber(key: string): number {
  if (Object.hasOwn(SVC_PARAMS, key)) return SVC_PARAMS[key as Known].code
  const code = /^key(0|[1-9]\d{0,4})$/.exec(key)?.[1]
  if (code === undefined || Number(code) > 0xffff) throw new ParseError(`${excerpt(key)} is not a valid parameter`)
  return Number(code)
}
