/** The data of each type as a master file writes it (RFC 1035, section 5.1, and the RFC of the type). Pure. */
import { type DataByType, FormatError, type UnderstoodType } from '../../../shared/dns/message.ts'
import { parseName } from '../../../shared/dns/name.ts'
import { readRdata, shortIpv6 } from '../../../shared/dns/rdata.ts'
import { WireReader } from '../../../shared/dns/wire-reader.ts'
import type { Token } from './entries.ts'
import { Problem } from './zone-error.ts'

/** Takes the fields of one record's data, one after the other. */
class Fields {
  readonly #tokens: readonly Token[]
  readonly #origin: string
  #next = 0

  constructor(tokens: readonly Token[], origin: string) {
    this.#tokens = tokens
    this.#origin = origin
  }

  get left(): number {
    return this.#tokens.length - this.#next
  }

  /** The next field as it stands. */
  word(what: string): string {
    const token = this.#tokens[this.#next++]
    if (!token) throw new Problem(`the ${what} is missing`)
    return token.text
  }

  name(what: string): string {
    const text = this.word(what)
    return text === '@' ? this.#origin : parseName(text, this.#origin)
  }

  number(what: string, max: number): number {
    const text = this.word(what)
    if (!/^\d{1,10}$/.test(text) || Number(text) > max) {
      throw new Problem(`the ${what} is a number from 0 to ${max}, not ${JSON.stringify(text)}`)
    }
    return Number(text)
  }

  /** Seconds, with or without units. */
  time(what: string): number {
    const text = this.word(what)
    const seconds = parseTime(text, U32)
    if (seconds === undefined)
      throw new Problem(`the ${what} is a time such as 3600 or 1h, not ${JSON.stringify(text)}`)
    return seconds
  }

  string(what: string): Buffer {
    const bytes = unescapeString(this.word(what))
    if (bytes.length > MAX_STRING_BYTES) {
      throw new Problem(`a string holds at most ${MAX_STRING_BYTES} bytes, not ${bytes.length}; make it several`)
    }
    return bytes
  }

  ipv4(): string {
    const text = this.word('IPv4 address')
    if (!IPV4.test(text)) throw new Problem(`${JSON.stringify(text)} is not an IPv4 address`)
    return text
  }

  ipv6(): string {
    const text = this.word('IPv6 address')
    if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]/`)) {
      throw new Problem(`${JSON.stringify(text)} is not an IPv6 address`)
    }
    return shortIpv6(text)
  }
}

const U8 = 0xff
const U16 = 0xffff
const U32 = 0xffffffff
const MAX_STRING_BYTES = 255
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

const PARSERS: { readonly [Type in UnderstoodType]: (fields: Fields) => DataByType[Type] } = {
  A: fields => fields.ipv4(),
  AAAA: fields => fields.ipv6(),
  NS: fields => fields.name('name server'),
  CNAME: fields => fields.name('canonical name'),
  DNAME: fields => fields.name('target'),
  PTR: fields => fields.name('name'),
  SOA: fields => ({
    mname: fields.name('primary server'),
    rname: fields.name("hostmaster's mailbox"),
    serial: fields.number('serial', U32),
    refresh: fields.time('refresh time'),
    retry: fields.time('retry time'),
    expire: fields.time('expire time'),
    minimum: fields.time('minimum TTL'),
  }),
  MX: fields => ({ preference: fields.number('preference', U16), exchange: fields.name('mail exchange') }),
  SRV: fields => ({
    priority: fields.number('priority', U16),
    weight: fields.number('weight', U16),
    port: fields.number('port', U16),
    target: fields.name('target'),
  }),
  TXT: fields => {
    const strings = [fields.string('text')]
    while (fields.left > 0) strings.push(fields.string('text'))
    checkLength(strings.reduce((sum, string) => sum + 1 + string.length, 0))
    return strings
  },
  CAA: fields => ({
    flags: fields.number('flags', U8),
    tag: caaTag(fields.word('tag')),
    value: caaValue(fields.word('value')),
  }),
  HINFO: fields => ({ cpu: fields.string('CPU').toString('utf8'), os: fields.string('OS').toString('utf8') }),
}

/**
 * Reads the data of one record.
 *
 * @throws Problem or NameError saying which field is wrong
 */
export function parseRdata(type: string, tokens: readonly Token[], origin: string): unknown {
  const [first, ...rest] = tokens
  if (first?.text === '\\#' && !first.quoted) return parseUnknown(type, new Fields(rest, origin))
  if (!Object.hasOwn(PARSERS, type)) {
    throw new Problem(
      `the data of ${type} is written as \\# LENGTH HEX (RFC 3597): this type is not known by its own form`,
    )
  }
  const fields = new Fields(tokens, origin)
  const data = PARSERS[type as UnderstoodType](fields)
  if (fields.left > 0) throw new Problem(`there is more than ${type} takes: ${JSON.stringify(fields.word('rest'))}`)
  return data
}

/** RFC 3597, section 5: any type's data as its length and hexadecimal digits. */
function parseUnknown(type: string, fields: Fields): unknown {
  const length = fields.number('length', U16)
  let hex = ''
  while (fields.left > 0) hex += fields.word('data')
  if (!/^(?:[\da-f]{2})*$/i.test(hex)) throw new Problem(`${JSON.stringify(hex)} is not hexadecimal`)
  if (hex.length !== 2 * length) throw new Problem(`the data is said to have ${length} bytes and has ${hex.length / 2}`)
  const field = Buffer.concat([Buffer.of(length >> 8, length & U8), Buffer.from(hex, 'hex')])
  const reader = new WireReader(field)
  try {
    return readRdata(type, reader, reader.u16())
  } catch (error) {
    throw error instanceof FormatError ? new Problem(error.message) : error
  }
}

function caaTag(tag: string): string {
  if (!/^[a-z\d]{1,255}$/i.test(tag)) throw new Problem(`${JSON.stringify(tag)} is not a CAA tag (letters and digits)`)
  return tag
}

/** Two bytes and the tag come before it. */
const MAX_CAA_VALUE_BYTES = U16 - 2 - MAX_STRING_BYTES

function caaValue(text: string): string {
  const bytes = unescapeString(text)
  checkLength(bytes.length, MAX_CAA_VALUE_BYTES)
  return bytes.toString('utf8')
}

/** RDLENGTH has two bytes. */
function checkLength(bytes: number, max = U16): void {
  if (bytes > max) throw new Problem(`the data takes ${bytes} bytes, and a record holds at most ${max}`)
}

const ESCAPE = /\\(\d{3})|\\(.)|[^\\]+/gsu

/** The bytes of a character-string: `\DDD` is a byte, any other escaped character itself, all else is UTF-8. */
function unescapeString(text: string): Buffer {
  const pieces = Array.from(text.matchAll(ESCAPE), ([whole, decimal, escaped = whole]) => {
    if (decimal === undefined) return Buffer.from(escaped, 'utf8')
    if (Number(decimal) > U8) throw new Problem(`\\${decimal} is not a byte (\\000 to \\255)`)
    return Buffer.of(Number(decimal))
  })
  return Buffer.concat(pieces)
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
/** RFC 2181, section 8. */
const MAX_TTL = 0x7fffffff

/** `3600`, `1h`, `1w2d`: seconds, or undefined for what is no time (or too long a one). */
export function parseTime(text: string, max = MAX_TTL): number | undefined {
  if (!/^(?:\d{1,10}[smhdw]?)+$/i.test(text)) return undefined
  let seconds = 0
  for (const [, number, unit] of text.matchAll(/(\d+)([smhdw]?)/gi)) {
    seconds += Number(number) * (UNIT_SECONDS[String(unit).toLowerCase()] ?? 1)
  }
  return seconds <= max ? seconds : undefined
}
