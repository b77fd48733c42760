/**
 * Parses master files into records (RFC 1035, section 5; RFC 2308, section 4 for `$TTL`). Errors have file, line and text. A
 * callback provides included files. Pure.
 */
import { excerpt } from '../../../shared/dns/excerpt.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { NameError, parseName } from '../../../shared/dns/name.ts'
import { MAX_TTL, parseDuration } from '../../../shared/dns/rdata/numbers.ts'
import { unescapeString } from '../../../shared/dns/rdata/text.ts'
import { ParseError, type Token, TokenReader } from '../../../shared/dns/rdata/tokens.ts'
import { parseRdata } from '../../../shared/dns/rdata.ts'
import { ZoneError } from '../zone/zone-error.ts'
import { type Entry, EntryError, readEntries } from './entries.ts'
import { generateLines, MAX_GENERATED } from './generate.ts'
import { parseRecordFields } from './record-fields.ts'
import { type Include, type Source, ZoneSources } from './source.ts'

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

/** Parses a file and its includes. Its state is what an entry inherits from earlier entries: origin, owner and TTL. */
class MasterFileParser {
  readonly #report: Report
  readonly #sources: ZoneSources
  #generatedCount = 0
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
    this.#sources = new ZoneSources(include)
    this.#report = report
  }

  *records(source: Source): Generator<ParsedRecord> {
    this.#sources.open(source)
    try {
      for (const entry of readEntries(source.text)) {
        if (isDirective(entry)) yield* this.#directive(entry, source)
        else yield* this.#record(entry, source, entry.line)
      }
    } catch (error) {
      if (!(error instanceof EntryError)) throw error
      this.#report(zoneError(source, error.line, error.message))
    } finally {
      this.#sources.close()
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
    const included = this.#sources.include(unescapeString(name.text).toString('utf8'), source)
    this.#origin = includedOrigin
    yield* this.records(included)
    this.#origin = saved.origin
    this.#lastOwner = saved.owner
  }

  *#generate(tokens: readonly Token[], source: Source, line: number): Generator<ParsedRecord> {
    for (const text of generateLines(tokens, MAX_GENERATED - this.#generatedCount)) {
      this.#generatedCount++
      this.#sources.count(text)
      for (const entry of readEntries(text)) yield { record: this.#parseRecord(entry), line, source }
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
