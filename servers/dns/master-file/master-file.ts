/**
 * Master files (RFC 1035, section 5; RFC 2308, section 4 for `$TTL`): from text to records, nothing left to guess. What
 * is wrong is told with file, line and text. Files that are included are asked for, not read. Pure.
 */
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { NameError, parseName, ROOT } from '../../../shared/dns/name.ts'
import { MAX_TTL, parseTime } from '../../../shared/dns/rdata/numbers.ts'
import { unescapeString } from '../../../shared/dns/rdata/text.ts'
import { Problem, type Word, Words } from '../../../shared/dns/rdata/words.ts'
import { parseRdata } from '../../../shared/dns/rdata.ts'
import { ZoneError } from '../zone/zone-error.ts'
import { type Entry, EntryProblem, readEntries } from './entries.ts'
import { generatedLines, MAX_GENERATED } from './generate.ts'
import { parseRecordHead, quoted } from './record-head.ts'

/** A text, and how errors call it. */
export interface Source {
  readonly file: string
  readonly text: string
}

/**
 * Gives what `$INCLUDE` names.
 *
 * @param from the file that includes it
 * @throws Problem where it is not to be had
 */
export type Include = (name: string, from: string) => Source

/** A zone as text, and where it came from. */
export interface MasterFile extends Source {
  /** What relative names are completed with until `$ORIGIN` says otherwise. */
  readonly origin: string
  /** Without it nothing can be included. */
  readonly include?: Include | undefined
}

/** A record, and the place that errors about it name. */
export interface ParsedRecord {
  readonly record: DnsRecord
  readonly line: number
  readonly source: Source
}

/** Is told what is wrong; reading goes on with the next entry, unless it throws. */
export type Report = (error: ZoneError) => void

/** Ends the reading with the first thing that is wrong. */
export const throwError: Report = error => {
  throw error
}

/**
 * Reads the records of a master file, one after the other.
 *
 * @throws ZoneError for the first thing wrong with it, where `report` is not given
 */
export function parseMasterFile(file: MasterFile, report: Report = throwError): Generator<ParsedRecord> {
  return new MasterFileReader(file, report).records(file)
}

/** The error for one line of a master file. */
export function zoneError({ file, text }: Source, line: number, reason: string): ZoneError {
  return new ZoneError(file, line, text.split('\n', line)[line - 1]?.trim() ?? '', reason)
}

/** How deep files may include one another, and how many they may be in all: a file can include two that each include two. */
const MAX_INCLUDE_DEPTH = 10
const MAX_INCLUDES = 1000

/** What a zone's text comes to with all that it includes and generates: ten lines can stand for more than fits in memory. */
const MAX_ZONE_CHARACTERS = 512 * 1024 * 1024

/** Reads one file and those it includes; what one entry leaves behind for those after it is here. */
class MasterFileReader {
  readonly #report: Report
  readonly #include: Include | undefined
  /** The files being read, the outermost first. */
  readonly #open: string[] = []
  #included = 0
  #generated = 0
  /** Characters of the zone so far. */
  #length = 0
  #origin: string
  #defaultTtl: number | undefined
  #lastTtl: number | undefined
  #lastOwner: string | undefined
  /** The directives that set something for the entries after them. */
  readonly #settings: Readonly<Record<string, (value: string) => void>> = {
    $ORIGIN: value => {
      this.#origin = this.#name(value)
    },
    $TTL: value => {
      this.#defaultTtl = parseTime(value)
      if (this.#defaultTtl === undefined) {
        throw new Problem(`$TTL takes a time such as 3600 or 1h, not ${quoted(value)}`)
      }
    },
  }

  constructor({ origin, include }: MasterFile, report: Report) {
    this.#origin = origin
    this.#include = include
    this.#report = report
  }

  *records(source: Source): Generator<ParsedRecord> {
    this.#open.push(source.file)
    try {
      for (const entry of readEntries(source.text)) {
        if (isDirective(entry)) yield* this.#direct(entry, source)
        else yield* this.#record(entry, source, entry.line)
      }
    } catch (error) {
      if (!(error instanceof EntryProblem)) throw error
      this.#report(zoneError(source, error.line, error.message))
    } finally {
      this.#open.pop()
    }
  }

  *#record(entry: Entry, source: Source, line: number): Generator<ParsedRecord> {
    let record: DnsRecord
    try {
      record = this.#readRecord(entry)
    } catch (error) {
      this.#tell(error, source, line)
      return
    }
    yield { record, line, source }
  }

  /** Tells what is wrong with a line; anything else that was thrown is thrown on. */
  #tell(error: unknown, source: Source, line: number): void {
    if (!(error instanceof Problem || error instanceof NameError)) throw error
    this.#report(zoneError(source, line, error.message))
  }

  *#direct(entry: Entry, source: Source): Generator<ParsedRecord> {
    const { words, line } = entry
    const directive = words[0].text.toUpperCase()
    try {
      if (directive === '$INCLUDE') yield* this.#includeFile(words, source)
      else if (directive === '$GENERATE') yield* this.#generate(words, source, line)
      else this.#set(directive, words)
    } catch (error) {
      this.#tell(error, source, line)
    }
  }

  #set(directive: string, [, value, ...more]: readonly Word[]): void {
    const apply = this.#settings[directive]
    if (!apply) throw new Problem(`${directive} is not a directive known here (${DIRECTIVES.join(', ')})`)
    if (!value || more.length > 0) throw new Problem(`${directive} takes one value`)
    apply(value.text)
  }

  /** RFC 1035, section 5.1: neither origin nor owner of the including file change by it. */
  *#includeFile([, name, origin, ...more]: readonly Word[], source: Source): Generator<ParsedRecord> {
    if (!name || more.length > 0) throw new Problem('$INCLUDE takes a file, and an origin if need be')
    const before = { origin: this.#origin, owner: this.#lastOwner }
    const inner = origin ? this.#name(origin.text) : this.#origin
    const included = this.#find(unescapeString(name.text).toString('utf8'), source)
    this.#origin = inner
    yield* this.records(included)
    this.#origin = before.origin
    this.#lastOwner = before.owner
  }

  #find(name: string, source: Source): Source {
    if (!this.#include) throw new Problem('a zone that comes from no file cannot include one')
    if (this.#open.length > MAX_INCLUDE_DEPTH) throw new Problem(`files include one another ${MAX_INCLUDE_DEPTH} deep`)
    if (++this.#included > MAX_INCLUDES) throw new Problem(`more than ${MAX_INCLUDES} files are included`)
    const found = this.#include(name, source.file)
    if (this.#open.includes(found.file)) throw new Problem(`${quoted(name)} includes itself`)
    this.#lengthen(found.text)
    return found
  }

  *#generate(words: readonly Word[], source: Source, line: number): Generator<ParsedRecord> {
    for (const text of generatedLines(words, MAX_GENERATED - this.#generated)) {
      this.#generated++
      this.#lengthen(text)
      for (const entry of readEntries(text)) yield { record: this.#readRecord(entry), line, source }
    }
  }

  #lengthen(text: string): void {
    this.#length += text.length
    if (this.#length > MAX_ZONE_CHARACTERS) {
      throw new Problem(`the zone comes to more than ${MAX_ZONE_CHARACTERS} characters with this`)
    }
  }

  #readRecord({ words, indented }: Entry): DnsRecord {
    const name = indented ? this.#lastOwner : this.#name(words[0].text)
    if (name === undefined) throw new Problem('the first record has no owner')
    this.#lastOwner = name
    const { ttl, type, dataAt } = parseRecordHead(words, indented ? 0 : 1)
    const data = parseRdata(type, new Words(words, this.#origin, dataAt))
    // `parseRdata` reads the data by the type, which is what the union says; the compiler cannot see that.
    const record = { name, class: 'IN', ttl: ttl ?? this.#defaultTtl ?? this.#lastTtl ?? -1, type, data } as DnsRecord
    const whole = record.ttl < 0 ? { ...record, ttl: firstTtl(record) } : record
    this.#lastTtl = whole.ttl
    return whole
  }

  #name(text: string): string {
    return text === '@' ? this.#origin : parseName(text, this.#origin)
  }
}

function isDirective({ indented, words: [first] }: Entry): boolean {
  return !indented && !first.quoted && first.text.startsWith('$')
}

const DIRECTIVES = ['$ORIGIN', '$TTL', '$INCLUDE', '$GENERATE']

/** RFC 2308, section 4: where neither `$TTL` nor a record gave one yet, an SOA has its own minimum. */
function firstTtl(record: DnsRecord): number {
  if (record.type === 'SOA') return Math.min(record.data.minimum, MAX_TTL)
  throw new Problem('the record has no TTL, and no $TTL stands before it')
}

/** The origin of a zone as people name it, with or without the last dot. */
export function parseOrigin(text: string): string {
  return parseName(text, ROOT)
}
