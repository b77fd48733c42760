/**
 * Parses master files into records (RFC 1035, section 5; RFC 2308, section 4 for `$TTL`). Errors have file, line and text. A
 * callback provides included files. Pure.
 */
import { excerpt } from '../../../shared/dns/excerpt.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { NameError, parseName, ROOT } from '../../../shared/dns/name.ts'
import { MAX_TTL, parseDuration } from '../../../shared/dns/rdata/numbers.ts'
import { unescapeString } from '../../../shared/dns/rdata/text.ts'
import { ParseError, type Token, TokenReader } from '../../../shared/dns/rdata/tokens.ts'
import { parseRdata } from '../../../shared/dns/rdata.ts'
import { ZoneError } from '../zone/zone-error.ts'
import { type Entry, EntryError, readEntries } from './entries.ts'
import { generateLines, MAX_GENERATED } from './generate.ts'
import { parseRecordFields } from './record-fields.ts'

/** A text, and the file name that errors name. */
export interface Source {
  readonly file: string
  readonly text: string
}

/**
 * Returns the file that `$INCLUDE` names.
 *
 * @param from the file that has the directive
 * @throws ParseError if it cannot be included
 */
export type Include = (name: string, from: string) => Source

/** The text of a zone and its file. */
export interface MasterFile extends Source {
  /** Completes relative names until `$ORIGIN` changes it (RFC 1035, section 5.1). */
  readonly origin: string
  /** If undefined, `$INCLUDE` is an error. */
  readonly include?: Include | undefined
  /** What the text may omit; by default nothing. */
  readonly defaults?: ZoneDefaults | undefined
}

/** What a zone gets if its text omits it. */
export interface ZoneDefaults {
  /** Seconds, for records before any `$TTL` or other TTL. */
  readonly ttl: number
  /** Added at the zone's own name if the text has no SOA, each unless the text has records of its type there. */
  readonly apex: readonly DnsRecord[]
}

/** A record, and its location for errors. */
export interface ParsedRecord {
  readonly record: DnsRecord
  readonly line: number
  readonly source: Source
}

/** Receives an error. Unless it throws, parsing continues with the next entry. */
export type Report = (error: ZoneError) => void

/** Ends parsing at the first error. */
export const throwError: Report = error => {
  throw error
}

/**
 * Parses a master file record by record.
 *
 * @throws ZoneError for the first error, unless `report` handles it
 */
export function parseMasterFile(file: MasterFile, report: Report = throwError): Generator<ParsedRecord> {
  return new MasterFileParser(file, report).records(file)
}

/** Creates the error for one line of a master file. */
export function zoneError({ file, text }: Source, line: number, reason: string): ZoneError {
  return new ZoneError(file, line, text.split('\n', line)[line - 1]?.trim() ?? '', reason)
}

/** Bound the depth of includes, and their number: it can double at every level. */
const MAX_INCLUDE_DEPTH = 10
const MAX_INCLUDES = 1000

/** Bounds the text of a zone with everything included and generated: ten lines can expand to more than fits in memory. */
const MAX_ZONE_CHARACTERS = 512 * 1024 * 1024

/** Parses a file and its includes. Its state is what an entry inherits from earlier entries: origin, owner and TTL. */
class MasterFileParser {
  readonly #report: Report
  readonly #include: Include | undefined
  /** The files being parsed, the outermost first. */
  readonly #openFiles: string[] = []
  #includeCount = 0
  #generatedCount = 0
  /** The length of the zone's text so far, in characters. */
  #length = 0
  #origin: string
  readonly #fallbackTtl: number | undefined
  #defaultTtl: number | undefined
  #lastTtl: number | undefined
  #lastOwner: string | undefined
  readonly #stateDirectives: Readonly<Record<string, (value: string) => void>> = {
    $ORIGIN: value => {
      this.#origin = this.#parseName(value)
    },
    $TTL: value => {
      this.#defaultTtl = parseDuration(value)
      if (this.#defaultTtl === undefined) {
        throw new ParseError(`$TTL takes a time such as 3600 or 1h, not ${excerpt(value)}`)
      }
    },
  }

  constructor({ origin, include, defaults }: MasterFile, report: Report) {
    this.#origin = origin
    this.#fallbackTtl = defaults?.ttl
    this.#include = include
    this.#report = report
  }

  *records(source: Source): Generator<ParsedRecord> {
    this.#openFiles.push(source.file)
    try {
      for (const entry of readEntries(source.text)) {
        if (isDirective(entry)) yield* this.#directive(entry, source)
        else yield* this.#record(entry, source, entry.line)
      }
    } catch (error) {
      if (!(error instanceof EntryError)) throw error
      this.#report(zoneError(source, error.line, error.message))
    } finally {
      this.#openFiles.pop()
    }
  }

  *#record(entry: Entry, source: Source, line: number): Generator<ParsedRecord> {
    let record: DnsRecord
    try {
      record = this.#parseRecord(entry)
    } catch (error) {
      this.#reportError(error, source, line)
      return
    }
    yield { record, line, source }
  }

  /** Reports an error in a line; rethrows all other errors. */
  #reportError(error: unknown, source: Source, line: number): void {
    if (!(error instanceof ParseError || error instanceof NameError)) throw error
    this.#report(zoneError(source, line, error.message))
  }

  *#directive(entry: Entry, source: Source): Generator<ParsedRecord> {
    const { tokens, line } = entry
    const directive = tokens[0].text.toUpperCase()
    try {
      if (directive === '$INCLUDE') yield* this.#includeFile(tokens, source)
      else if (directive === '$GENERATE') yield* this.#generate(tokens, source, line)
      else this.#applyDirective(directive, tokens)
    } catch (error) {
      this.#reportError(error, source, line)
    }
  }

  #applyDirective(directive: string, [, value, ...more]: readonly Token[]): void {
    const apply = this.#stateDirectives[directive]
    if (!apply) throw new ParseError(`unknown directive ${excerpt(directive)}. Use ${DIRECTIVES.join(', ')}`)
    if (!value || more.length > 0) throw new ParseError(`${directive} takes one value`)
    apply(value.text)
  }

  /** The included file does not change the origin and the owner of the including file (RFC 1035, section 5.1). */
  *#includeFile([, name, origin, ...more]: readonly Token[], source: Source): Generator<ParsedRecord> {
    if (!name || more.length > 0) throw new ParseError('$INCLUDE takes a file name and an optional origin')
    const saved = { origin: this.#origin, owner: this.#lastOwner }
    const includedOrigin = origin ? this.#parseName(origin.text) : this.#origin
    const included = this.#readInclude(unescapeString(name.text).toString('utf8'), source)
    this.#origin = includedOrigin
    yield* this.records(included)
    this.#origin = saved.origin
    this.#lastOwner = saved.owner
  }

  #readInclude(name: string, source: Source): Source {
    if (!this.#include) throw new ParseError('$INCLUDE works only in zone files, not in zones given as text')
    if (this.#openFiles.length > MAX_INCLUDE_DEPTH)
      throw new ParseError(`includes are nested more than ${MAX_INCLUDE_DEPTH} deep`)
    if (++this.#includeCount > MAX_INCLUDES) throw new ParseError(`the zone includes more than ${MAX_INCLUDES} files`)
    const included = this.#include(name, source.file)
    if (this.#openFiles.includes(included.file)) throw new ParseError(`${excerpt(name)} includes itself`)
    this.#addLength(included.text)
    return included
  }

  *#generate(tokens: readonly Token[], source: Source, line: number): Generator<ParsedRecord> {
    for (const text of generateLines(tokens, MAX_GENERATED - this.#generatedCount)) {
      this.#generatedCount++
      this.#addLength(text)
      for (const entry of readEntries(text)) yield { record: this.#parseRecord(entry), line, source }
    }
  }

  #addLength(text: string): void {
    this.#length += text.length
    if (this.#length > MAX_ZONE_CHARACTERS) {
      throw new ParseError(`the zone with its includes is longer than ${MAX_ZONE_CHARACTERS} characters`)
    }
  }

  #parseRecord({ tokens, indented }: Entry): DnsRecord {
    const name = indented ? this.#lastOwner : this.#parseName(tokens[0].text)
    if (name === undefined) throw new ParseError('the first record has no owner')
    this.#lastOwner = name
    const { ttl, type, dataIndex } = parseRecordFields(tokens, indented ? 0 : 1)
    const data = parseRdata(type, new TokenReader(tokens, this.#origin, dataIndex))
    // `parseRdata` returns the data of this type, which the compiler cannot know.
    const record = { name, class: 'IN', ttl: ttl ?? this.#defaultTtl ?? this.#lastTtl ?? -1, type, data } as DnsRecord
    if (record.ttl < 0) return { ...record, ttl: this.#firstTtl(record) }
    this.#lastTtl = record.ttl
    return record
  }

  /** If no TTL precedes it, an SOA record has its own minimum as TTL (RFC 2308, section 4). */
  #firstTtl(record: DnsRecord): number {
    if (record.type === 'SOA') this.#lastTtl = Math.min(record.data.minimum, MAX_TTL)
    else if (this.#fallbackTtl !== undefined) return this.#fallbackTtl
    if (this.#lastTtl === undefined) throw new ParseError('the record has no TTL, and no $TTL precedes it')
    return this.#lastTtl
  }

  #parseName(text: string): string {
    return text === '@' ? this.#origin : parseName(text, this.#origin)
  }
}

function isDirective({ indented, tokens: [first] }: Entry): boolean {
  return !indented && !first.quoted && first.text.startsWith('$')
}

const DIRECTIVES = ['$ORIGIN', '$TTL', '$INCLUDE', '$GENERATE']

/** Parses the name of a zone, with or without the final dot. @throws NameError */
export function parseOrigin(text: string): string {
  return parseName(text, ROOT)
}

/** Like `parseOrigin`. @throws ZoneError that names the file */
export function parseZoneOrigin(text: string, file: string): string {
  try {
    return parseOrigin(text)
  } catch (error) {
    if (error instanceof NameError) throw new ZoneError(file, 1, text, `invalid zone name: ${error.message}`)
    throw error
  }
}
