/** The functions with which a program changes and lists records: `suite.dns.set(...)`, `remove`, `records`. Pure. */
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
  /** Without the final dot: `www.fourwire.test`. */
  readonly name: string
  /** Seconds. */
  readonly ttl: number
  /** `A`, `MX`, or `TYPE65280` if the type has no name. */
  readonly type: string
  /** As in a master file, names with their final dot: `10 mail.fourwire.test.` */
  readonly data: string
}

/** Options of `set`. */
export interface SetOptions {
  /** Seconds. Default: 5, since the program may change the records at any moment. */
  readonly ttl?: number
}

/** The records of the running DNS server. A change applies from the next query on, and raises the zone's serial. */
export interface DnsApi {
  /**
   * Sets all records of a name and a type: `set('api.fourwire.test', 'A', ['127.0.0.8', '127.0.0.9'])`. They override the
   * records of the zone's file, also after a reload, until they are set again, removed or reset.
   *
   * @param data as in a master file (RFC 1035, section 5), with absolute names: `'10 mail.fourwire.test'` for MX
   * @throws UsageError if the name, type or data is invalid, the name is in no zone, or the zone would become invalid
   */
  set(name: string, type: string, data: string | readonly string[], options?: SetOptions): void
  /**
   * Removes the records of a name and a type, or all records of a name, whether set, published or from a file.
   *
   * @returns true if there were any
   * @throws UsageError if the name or type is invalid, the name is in no zone, or the zone would become invalid
   */
  remove(name: string, type?: string): boolean
  /**
   * Lists the records of a name, or of all zones.
   *
   * @throws UsageError if the name is invalid
   */
  records(name?: string): ListedRecord[]
  /**
   * Loads changed zone files now. Without a call, the server loads them soon after the change.
   *
   * @throws ZoneError for the first invalid file; its zone is served unchanged
   */
  reload(): Promise<void>
}

const DEFAULT_TTL = 5

/** Creates the functions for the zones of a store. */
export function recordsApi(store: ZoneStore): Omit<DnsApi, 'reload'> {
  return {
    set: (name, type, data, options) =>
      withCall(`set(${quote(name)}, ${quote(type)}, ${quote(data)})`, () => {
        const fields = { name: checkName(name), type: checkType(type), ttl: options?.ttl ?? DEFAULT_TTL }
        const [first, ...more] = checkData(data).map(text => parseRecord(fields, text))
        if (!first) throw new ParseError('the data is empty. Use remove() to remove records')
        edit(store, { kind: 'set', records: [first, ...more] }, first)
      }),
    remove: (name, type) => withCall(`remove(${quoteArguments(name, type)})`, () => remove(store, name, type)),
    records: name =>
      name === undefined ? listAll(store) : withCall(`records(${quote(name)})`, () => listName(store, name)),
  }
}

function remove(store: ZoneStore, nameText: string, typeText: string | undefined): boolean {
  const name = checkName(nameText)
  const type = typeText === undefined ? {} : { type: checkType(typeText) }
  const { version } = store
  edit(store, { kind: 'remove', name, ...type }, { name, type: type.type ?? 'ANY' })
  return store.version > version
}

/** Bounds the zones that an error lists. */
const MAX_LISTED_ZONES = 10

function edit(store: ZoneStore, change: Edit, { name, type }: { name: string; type: TypeName }): void {
  const zone = findZone(store.zones, fold(name), type)
  if (zone) {
    store.edit(zone.origin, [change])
    return
  }
  const origins = [...store.zones.keys()].map(absolute)
  const listed = origins.slice(0, MAX_LISTED_ZONES).join(', ') || 'none'
  const more = origins.length > MAX_LISTED_ZONES ? ` and ${origins.length - MAX_LISTED_ZONES} more` : ''
  throw new ParseError(`${absolute(name)} is not in a zone of this server (zones: ${listed}${more})`)
}

function listName({ zones }: ZoneStore, text: string): ListedRecord[] {
  const name = fold(checkName(text))
  return (findZone(zones, name, 'ANY')?.node(name) ?? []).flat().map(toListed)
}

function listAll({ zones }: ZoneStore): ListedRecord[] {
  return [...zones.values()].flatMap(zone => Array.from(zone.records(), toListed))
}

function toListed(record: DnsRecord): ListedRecord {
  return { name: record.name, ttl: record.ttl, type: record.type, data: printRdata(record) }
}

/** Takes any value, since JavaScript callers have no compiler that checks the type. */
function checkName(text: unknown): string {
  if (typeof text !== 'string') throw new ParseError(`the name must be a string, not ${quote(text)}`)
  return parseName(text, ROOT)
}

function checkData(data: unknown): string[] {
  const texts: unknown[] = [data].flat()
  return texts.map(text => {
    if (typeof text === 'string') return text
    throw new ParseError(`the data must be a string or an array of strings, not ${quote(data)}`)
  })
}

function checkType(text: unknown): TypeName {
  const type = typeof text === 'string' ? parseTypeName(text) : undefined
  if (!type) throw new ParseError(`${quote(text)} is not a record type`)
  return type
}

function parseRecord(fields: { name: string; type: TypeName; ttl: number }, text: string): DnsRecord {
  const [entry, ...more] = [...readEntries(text)]
  if (hasComment(text)) {
    throw new ParseError(`a semicolon starts a comment. Quote the text: ${quote(`"${text.replaceAll('"', '')}"`)}`)
  }
  if (more.length > 0) throw new ParseError(`${quote(text)} is the data of more than one record. Use an array`)
  const data = parseRdata(fields.type, new TokenReader(entry?.tokens ?? [], ROOT))
  // `parseRdata` returns the data of this type, which the compiler cannot know.
  return { ...fields, class: 'IN', data } as DnsRecord
}

/** Quoted strings and escaped characters. */
const LITERAL = /"(?:[^"\\]|\\.)*"|\\./gs

/** A comment in the data of one record is probably text without its quotes, as in `v=DMARC1; p=none`. */
function hasComment(text: string): boolean {
  return text.replace(LITERAL, '').includes(';')
}

function quoteArguments(...values: unknown[]): string {
  return values
    .filter(value => value !== undefined)
    .map(quote)
    .join(', ')
}

function quote(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}

/** Runs the work. Its errors quote the call. */
function withCall<Result>(call: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const isExpected = error instanceof ParseError || error instanceof NameError || error instanceof EditError
    throw isExpected ? new UsageError(`suite.dns.${call}: ${errorText(error)}`, { cause: error }) : error
  }
}
