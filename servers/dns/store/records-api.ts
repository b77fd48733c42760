/** What a program can do with the running server's records: `suite.dns.set(...)`, `remove`, `records`. Pure. */
import { parseTypeName, type TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { absolute, fold, NameError, parseName, ROOT } from '../../../shared/dns/name.ts'
import { printRdata } from '../../../shared/dns/print.ts'
import { ParseError, TokenReader } from '../../../shared/dns/rdata/tokens.ts'
import { parseRdata } from '../../../shared/dns/rdata.ts'
import { errorText, UsageError } from '../../../shared/errors.ts'
import { readEntries } from '../master-file/entries.ts'
import { findZone } from '../query/answer.ts'
import { type Edit, EditError } from '../zone/edit.ts'
import type { ZoneStore } from './zone-store.ts'

/** One record, as text. */
export interface ListedRecord {
  /** Without a last dot: `www.fourwire.test`. */
  readonly name: string
  /** Seconds. */
  readonly ttl: number
  /** `A`, `MX`, or `TYPE65280` for what has no name. */
  readonly type: string
  /** As a master file has it, names with their last dot: `10 mail.fourwire.test.` */
  readonly data: string
}

/** Options of `set`. */
export interface SetOptions {
  /** Seconds; 5 when not given, since what a program sets it may change in the next moment. */
  readonly ttl?: number
}

/** The records of the running DNS server. What is changed is answered by the next query, and raises the zone's serial. */
export interface DnsApi {
  /**
   * Sets all records of a name and a type: `set('api.fourwire.test', 'A', ['127.0.0.8', '127.0.0.9'])`. They hold until
   * they are set or removed again, over what the zone's file says, and over its reloads.
   *
   * @param data as a master file has it (RFC 1035, section 5), with absolute names: `'10 mail.fourwire.test'` for MX
   * @throws UsageError for what is no name, type or data, is in none of the zones, or would break one
   */
  set(name: string, type: string, data: string | readonly string[], options?: SetOptions): void
  /**
   * Removes the records of a name and a type, or all of a name, whether they were set, are published or from a file.
   *
   * @returns whether there were any
   * @throws UsageError for what is no name or type, is in none of the zones, or would break one
   */
  remove(name: string, type?: string): boolean
  /**
   * Lists the records of a name, or of all zones.
   *
   * @throws UsageError for what is no name
   */
  records(name?: string): ListedRecord[]
  /**
   * Reads the zone files that have changed; they are read by themselves soon after a change, too.
   *
   * @throws ZoneError for the first file that is wrong; its zone is served as it was
   */
  reload(): Promise<void>
}

const DEFAULT_TTL = 5

/** The functions for these zones. */
export function recordsApi(served: ZoneStore): Omit<DnsApi, 'reload'> {
  return {
    set: (name, type, data, options) =>
      told(`set(${shown(name)}, ${shown(type)}, ${shown(data)})`, () => {
        const about = { name: readName(name), type: readType(type), ttl: options?.ttl ?? DEFAULT_TTL }
        const [first, ...more] = textsOf(data).map(text => readRecord(about, text))
        if (!first) throw new ParseError('there is no data; remove() takes records away')
        edit(served, { kind: 'set', records: [first, ...more] }, first)
      }),
    remove: (name, type) =>
      told(
        `remove(${[name, type]
          .filter(given => given !== undefined)
          .map(shown)
          .join(', ')})`,
        () => {
          const about = type === undefined ? {} : { type: readType(type) }
          const before = served.version
          edit(
            served,
            { kind: 'remove', name: readName(name), ...about },
            { name: readName(name), type: about.type ?? 'ANY' },
          )
          return served.version > before
        },
      ),
    records: name =>
      name === undefined ? allRecords(served) : told(`records(${shown(name)})`, () => at(served, name)),
  }
}

/** How many zones an error names. */
const MAX_NAMED_ZONES = 10

function edit(served: ZoneStore, change: Edit, { name, type }: { name: string; type: TypeName }): void {
  const zone = findZone(served.zones, fold(name), type)
  if (zone) {
    served.edit(zone.origin, [change])
    return
  }
  const origins = [...served.zones.keys()].map(absolute)
  const named = origins.slice(0, MAX_NAMED_ZONES).join(', ') || 'none'
  const others = origins.length > MAX_NAMED_ZONES ? ` and ${origins.length - MAX_NAMED_ZONES} more` : ''
  throw new ParseError(`${absolute(name)} is in none of the zones served here (${named}${others})`)
}

function at({ zones }: ZoneStore, text: string): ListedRecord[] {
  const name = fold(readName(text))
  return (findZone(zones, name, 'ANY')?.node(name) ?? []).flat().map(listed)
}

function allRecords({ zones }: ZoneStore): ListedRecord[] {
  return [...zones.values()].flatMap(zone => Array.from(zone.records(), listed))
}

function listed(record: DnsRecord): ListedRecord {
  return { name: record.name, ttl: record.ttl, type: record.type, data: printRdata(record) }
}

/** Calls come from JavaScript as well, where no compiler has looked at them. */
function readName(text: unknown): string {
  if (typeof text !== 'string') throw new ParseError(`give the name as a string, not ${shown(text)}`)
  return parseName(text, ROOT)
}

function textsOf(data: unknown): string[] {
  const texts: unknown[] = [data].flat()
  return texts.map(text => {
    if (typeof text === 'string') return text
    throw new ParseError(`give the data as a string, or as an array of strings, not ${shown(data)}`)
  })
}

function readType(text: unknown): TypeName {
  const type = typeof text === 'string' ? parseTypeName(text) : undefined
  if (!type) throw new ParseError(`${shown(text)} is not a record type`)
  return type
}

function readRecord(about: { name: string; type: TypeName; ttl: number }, text: string): DnsRecord {
  const [entry, ...more] = [...readEntries(text)]
  if (hasComment(text)) throw new ParseError(`a ; begins a comment: write ${shown(`"${text.replaceAll('"', '')}"`)}`)
  if (more.length > 0) throw new ParseError(`${shown(text)} is more than the data of one record; give an array`)
  const data = parseRdata(about.type, new TokenReader(entry?.words ?? [], ROOT))
  // `parseRdata` reads the data by the type, which is what the union says; the compiler cannot see that.
  return { ...about, class: 'IN', data } as DnsRecord
}

/** What stands in quotes, and what is escaped. */
const LITERAL = /"(?:[^"\\]|\\.)*"|\\./gs

/** A comment in the data of one record is a text that was meant to be quoted, as in `v=DMARC1; p=none`. */
function hasComment(text: string): boolean {
  return text.replace(LITERAL, '').includes(';')
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}

/** Errors say which call they are about. */
function told<Result>(call: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const expected = error instanceof ParseError || error instanceof NameError || error instanceof EditError
    throw expected ? new UsageError(`suite.dns.${call}: ${errorText(error)}`, { cause: error }) : error
  }
}
