/**
 * Master files (RFC 1035, section 5; RFC 2308, section 4 for `$TTL`): from text to records, nothing left to guess. What
 * is wrong is told with file, line and text. Pure.
 */
import { classes, type TypeName, typeNamed, types } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { NameError, parseName, ROOT } from '../../../shared/dns/name.ts'
import { parseTime } from '../../../shared/dns/rdata/numbers.ts'
import { Problem, type Word, Words } from '../../../shared/dns/rdata/words.ts'
import { parseRdata } from '../../../shared/dns/rdata.ts'
import { type Entry, EntryProblem, readEntries } from './entries.ts'
import { ZoneError } from './zone-error.ts'

/** A zone as text, and where it came from. */
export interface MasterFile {
  /** What relative names are completed with until `$ORIGIN` says otherwise. */
  readonly origin: string
  readonly text: string
  /** How errors call it. */
  readonly file: string
}

/** A record, and the line that errors about it name. */
export interface ParsedRecord {
  readonly record: DnsRecord
  readonly line: number
}

/**
 * Reads the records of a master file, one after the other.
 *
 * @throws ZoneError for the first thing wrong with it
 */
export function* parseMasterFile(source: MasterFile): Generator<ParsedRecord> {
  const state = new MasterFileState(source.origin)
  let line = 1
  try {
    for (const entry of readEntries(source.text)) {
      line = entry.line
      const record = state.read(entry)
      if (record) yield { record, line }
    }
  } catch (error) {
    const at = error instanceof EntryProblem ? error.line : line
    if (error instanceof Problem || error instanceof NameError) throw zoneError(source, at, error.message)
    throw error
  }
}

/** The error for one line of a master file. */
export function zoneError({ file, text }: MasterFile, line: number, reason: string): ZoneError {
  return new ZoneError(file, line, text.split('\n', line)[line - 1]?.trim() ?? '', reason)
}

/** What one entry leaves behind for those after it. */
class MasterFileState {
  #origin: string
  #defaultTtl: number | undefined
  #lastTtl: number | undefined
  #lastOwner: string | undefined
  readonly #directives: Readonly<Record<string, (value: string) => void>> = {
    $ORIGIN: value => {
      this.#origin = value === '@' ? this.#origin : parseName(value, this.#origin)
    },
    $TTL: value => {
      this.#defaultTtl = parseTime(value)
      if (this.#defaultTtl === undefined)
        throw new Problem(`$TTL takes a time such as 3600 or 1h, not ${quoted(value)}`)
    },
  }

  constructor(origin: string) {
    this.#origin = origin
  }

  /** The record of an entry; undefined for a directive. */
  read(entry: Entry): DnsRecord | undefined {
    const [first, ...rest] = entry.words
    if (!entry.indented && first.text.startsWith('$') && !first.quoted) return this.#direct(first, rest)
    return this.#readRecord(entry)
  }

  #direct(directive: Word, [value, ...more]: readonly Word[]): undefined {
    const name = directive.text.toUpperCase()
    const apply = this.#directives[name]
    if (!apply) throw new Problem(`${name} is not a directive known here (${Object.keys(this.#directives).join(', ')})`)
    if (!value || more.length > 0) throw new Problem(`${name} takes one value`)
    apply(value.text)
  }

  #readRecord({ words, indented }: Entry): DnsRecord {
    const name = indented ? this.#lastOwner : this.#name(words[0].text)
    if (name === undefined) throw new Problem('the first record has no owner')
    this.#lastOwner = name
    const { ttl, type, rest } = readHead(words.slice(indented ? 0 : 1))
    const data = parseRdata(type, new Words(rest, this.#origin))
    // `parseRdata` reads the data by the type, which is what the union says; the compiler cannot see that.
    const record = { name, class: 'IN', type, data, ttl: 0 } as DnsRecord
    return { ...record, ttl: this.#ttl(ttl, record) }
  }

  #name(text: string): string {
    return text === '@' ? this.#origin : parseName(text, this.#origin)
  }

  /** RFC 2308, section 4: `$TTL` holds where none is given; without it the last one given, or the SOA's own minimum. */
  #ttl(given: number | undefined, record: DnsRecord): number {
    const ttl = given ?? this.#defaultTtl ?? this.#lastTtl ?? (record.type === 'SOA' ? record.data.minimum : undefined)
    if (ttl === undefined) throw new Problem('the record has no TTL, and no $TTL stands before it')
    this.#lastTtl = ttl
    return ttl
  }
}

/** What stands between owner and data: a TTL and a class, both optional and in any order, and the type. */
function readHead(tokens: readonly Word[]): { ttl: number | undefined; type: TypeName; rest: readonly Word[] } {
  let ttl: number | undefined
  let seenClass = false
  for (const [index, { text }] of tokens.entries()) {
    const time = ttl === undefined ? parseTime(text) : undefined
    if (time !== undefined) ttl = time
    else if (!seenClass && classes.code(text) !== undefined) seenClass = isInternet(text)
    else return { ttl, type: readType(text), rest: tokens.slice(index + 1) }
  }
  throw new Problem('the record has no type')
}

function isInternet(text: string): true {
  if (text.toUpperCase() !== 'IN') throw new Problem(`only class IN is served, not ${text}`)
  return true
}

/** Types that stand in questions and messages, never in a zone (RFC 6895, section 3.1). */
export const isMeta = (code: number) => code === 0 || code === 41 || (code >= 128 && code <= 255)

function readType(text: string): TypeName {
  const type = typeNamed(text)
  if (!type) throw new Problem(`${quoted(text)} is not a record type`)
  if (isMeta(types.code(type) ?? 0)) throw new Problem(`a zone cannot hold records of type ${type}`)
  return type
}

function quoted(text: string): string {
  return JSON.stringify(text)
}

/** The origin of a zone as people name it, with or without the last dot. */
export function parseOrigin(text: string): string {
  return parseName(text, ROOT)
}
