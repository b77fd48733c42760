/** The parameters of service bindings, each in its four forms (RFC 9460, sections 7 and 8; RFC 9461; RFC 9540). */
import type { SvcParams } from '../data.ts'
import { excerpt } from '../excerpt.ts'
import { FormatError } from '../message.ts'
import type { WireReader } from '../wire-reader.ts'
import { parseIpv4, parseIpv6, shortIpv6 } from './addresses.ts'
import { fromBase64 } from './binary.ts'
import { bytesToText, MAX_STRING_BYTES, quote, textToBytes } from './text.ts'
import { ParseError } from './tokens.ts'

/** How the value of one parameter is read and written. Text is given and taken without the outer quotes and escapes. */
export interface SvcParamCodec<Value> {
  readonly code: number
  /** Reads it from bytes that are this value's alone. */
  read(reader: WireReader): Value
  write(value: Value): Buffer
  /** `undefined` where there is no `=`. */
  parse(text: Buffer | undefined): Value
  /** What stands after the `=`; nothing for a parameter without a value. */
  print(value: Value): string
}

type Known = Exclude<keyof SvcParams, `key${number}`>

/** A value there has to be. */
function given(text: Buffer | undefined): Buffer {
  if (!text || text.length === 0) throw new ParseError('it needs a value')
  return text
}

/** Commas part the items; `\,` and `\\` are the characters themselves (RFC 9460, appendix A.1). */
function items(text: Buffer | undefined): Buffer[] {
  const all: number[][] = [[]]
  const bytes = given(text)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === COMMA) all.push([])
    else all.at(-1)?.push(byte === BACKSLASH ? (bytes[++at] ?? noByte()) : (byte ?? noByte()))
  }
  if (all.some(item => item.length === 0)) throw new ParseError('one of its items is empty')
  return all.map(item => Buffer.from(item))
}

const COMMA = 0x2c
const BACKSLASH = 0x5c

function noByte(): never {
  throw new ParseError('a backslash escapes nothing')
}

/** Escaped for the list first, then for the string (RFC 9460, appendix A.1). */
function printItems(all: readonly Buffer[]): string {
  const joined = all.map(item => item.toString('latin1').replace(/[,\\]/g, '\\$&')).join(',')
  return quote(Buffer.from(joined, 'latin1'))
}

function flag(code: number): SvcParamCodec<true> {
  return {
    code,
    read: () => true,
    write: () => Buffer.alloc(0),
    parse(text) {
      if (text && text.length > 0) throw new ParseError('it takes no value')
      return true
    },
    print: () => '',
  }
}

/** Addresses, at least one. */
function addresses(code: number, bytes: number, form: Pick<AddressForm, 'parse' | 'read' | 'write'>) {
  const field: SvcParamCodec<readonly string[]> = {
    code,
    read(reader) {
      if (reader.left === 0) throw new FormatError('a hint of a service has no address')
      const all: string[] = []
      while (reader.left > 0) all.push(form.read(reader.take(bytes)))
      return all
    },
    write: all => Buffer.concat(all.map(form.write)),
    parse: text => items(text).map(item => form.parse(item.toString('latin1'))),
    print: all => all.join(','),
  }
  return field
}

interface AddressForm {
  parse(text: string): string
  read(bytes: Buffer): string
  write(address: string): Buffer
}

const ipv4: AddressForm = {
  parse: parseIpv4,
  read: bytes => bytes.join('.'),
  write: address => Buffer.from(address.split('.').map(Number)),
}

const ipv6: AddressForm = {
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
    while (reader.left > 0) codes.push(reader.u16())
    const ascending = codes.every((code, index) => code > (codes[index - 1] ?? 0))
    if (codes.length === 0 || !ascending)
      throw new FormatError('the mandatory parameters of a service are not in order')
    return codes.map(paramName)
  },
  write: keys => Buffer.concat([...paramNumbers(keys)].map(code => Buffer.of(code >> 8, code & 0xff))),
  parse(text) {
    const written = items(text).map(item => item.toString('latin1').toLowerCase())
    const codes = paramNumbers(written)
    if (codes.includes(0)) throw new ParseError('it cannot name itself')
    if (new Set(codes).size < codes.length) throw new ParseError('it names a parameter twice')
    return codes.map(paramName)
  },
  print: keys => keys.join(','),
}

/** In ascending order, as on the wire. */
function paramNumbers(keys: readonly string[]): number[] {
  return keys.map(paramNumber).sort((one, other) => one - other)
}

const alpn: SvcParamCodec<readonly string[]> = {
  code: 1,
  read(reader) {
    const all: string[] = []
    while (reader.left > 0) all.push(bytesToText(reader.take(reader.u8())))
    if (all.length === 0 || all.includes('')) throw new FormatError('an ALPN of a service is empty')
    return all
  },
  write: all => Buffer.concat(all.map(textToBytes).flatMap(id => [Buffer.of(id.length), id])),
  parse(text) {
    const all = items(text)
    const long = all.find(({ length }) => length > MAX_STRING_BYTES)
    if (long) throw new ParseError(`${excerpt(bytesToText(long))} is longer than ${MAX_STRING_BYTES} bytes`)
    return all.map(bytesToText)
  },
  print: all => printItems(all.map(textToBytes)),
}

const port: SvcParamCodec<number> = {
  code: 3,
  read: reader => reader.u16(),
  write: value => Buffer.of(value >> 8, value & 0xff),
  parse(text) {
    const written = given(text).toString('latin1')
    if (!/^\d{1,5}$/.test(written) || Number(written) > 0xffff)
      throw new ParseError(`${excerpt(written)} is not a port`)
    return Number(written)
  },
  print: String,
}

const ech: SvcParamCodec<Uint8Array> = {
  code: 5,
  read: reader => reader.take(reader.left),
  write: bytes => Buffer.from(bytes),
  parse: text => fromBase64(given(text).toString('latin1')),
  print: bytes => Buffer.from(bytes).toString('base64'),
}

const dohpath: SvcParamCodec<string> = {
  code: 7,
  read: reader => bytesToText(reader.take(reader.left)),
  write: textToBytes,
  parse: text => bytesToText(given(text)),
  print: path => quote(textToBytes(path)),
}

/** What is known by its name. */
export const SVC_PARAMS = {
  mandatory,
  alpn,
  'no-default-alpn': flag(2),
  port,
  ipv4hint: addresses(4, 4, ipv4),
  ech,
  ipv6hint: addresses(6, 16, ipv6),
  dohpath,
  ohttp: flag(8),
} as const satisfies { readonly [Key in Known]: SvcParamCodec<Required<SvcParams>[Key]> }

/** `key65333`: its value is bytes, written by its number only (RFC 9460, section 2.1). */
export const UNKNOWN_PARAM: Omit<SvcParamCodec<Uint8Array>, 'code' | 'parse'> = {
  read: reader => reader.take(reader.left),
  write: bytes => Buffer.from(bytes),
  print: bytes => (bytes.length === 0 ? '' : quote(bytes)),
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(SVC_PARAMS).map(([key, { code }]) => [code, key]))

/** `alpn`, or `key65333` for what has no name. */
export function paramName(code: number): string {
  return NAMES.get(code) ?? `key${code}`
}

/**
 * The number of a parameter.
 *
 * @throws ParseError for what is none
 */
export function paramNumber(key: string): number {
  if (Object.hasOwn(SVC_PARAMS, key)) return SVC_PARAMS[key as Known].code
  const code = /^key(0|[1-9]\d{0,4})$/.exec(key)?.[1]
  if (code === undefined || Number(code) > 0xffff)
    throw new ParseError(`${excerpt(key)} is not a parameter of a service`)
  return Number(code)
}
