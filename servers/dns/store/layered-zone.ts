/**
 * One zone being served, made of layers: what was set at run time, over the zone's file, over what is published of the
 * running services. Every change makes a new version with a higher serial (RFC 1982). Pure.
 */
import { encodeAnswers, MAX_MESSAGE_BYTES } from '../../../shared/dns/encode.ts'
import { type DnsRecord, EMPTY_MESSAGE, type RecordOf } from '../../../shared/dns/message.ts'
import { absolute, fold } from '../../../shared/dns/name.ts'
import { type Edit, EditError, type InvalidEdits } from '../zone/edit.ts'
import { isSameRecord, type Node, recordSet } from '../zone/node.ts'
import { isNewer, nextSerial } from '../zone/serial.ts'
import type { Zone } from '../zone/zone.ts'
import { ZoneDraft } from '../zone/zone-draft.ts'
import { MAX_CHANGED_RECORDS, recordsMissingIn, type ZoneChange, ZoneHistory } from './history.ts'
import { applyOverrides, mergeLower, nextOverrides, type Overrides } from './layers.ts'

/** Names of one zone that can be changed at run time. */
const MAX_OVERRIDDEN_NAMES = 100_000

const NOTHING: Node = []

export class LayeredZone {
  readonly origin: string
  #zone: Zone | undefined
  #serial: number | undefined
  #published: ReadonlyMap<string, Node> = new Map()
  readonly #overrides = new Map<string, Overrides>()
  /** What the file has at names where the served zone may have something else: those of the other layers, and the apex. */
  readonly #fileNodes = new Map<string, Node>()
  readonly #history = new ZoneHistory()

  /** @param lastSerial the one that the zone was served with before */
  constructor(origin: string, lastSerial?: number) {
    this.origin = origin
    this.#serial = lastSerial
  }

  /** What is served now; undefined while there is no file. */
  get zone(): Zone | undefined {
    return this.#zone
  }

  get history(): readonly ZoneChange[] {
    return this.#history.changes
  }

  /** What the file has at a folded name. */
  fileNode(name: string): Node {
    return this.#fileNodes.get(name) ?? this.#zone?.node(name) ?? NOTHING
  }

  /** The serial of the file; undefined while there is none. */
  get fileSerial(): number | undefined {
    const soa = recordSet(this.fileNode(this.origin), 'SOA')?.[0]
    return soa?.type === 'SOA' ? soa.data.serial : undefined
  }

  /**
   * Serves what the file has now.
   *
   * @param names those where it differs from the file before; undefined where they are too many, or there was none
   */
  load(file: Zone, names?: ReadonlySet<string>): ZoneChange | undefined {
    if (this.#zone && names)
      return this.#applyNodes(new Map([...names].map(name => [name, file.node(name) ?? NOTHING])))
    return this.#replace(file)
  }

  /** The file is gone. Serial and run-time records are kept for its return. */
  unload(): ZoneChange | undefined {
    const previous = this.#zone
    this.#zone = undefined
    this.#fileNodes.clear()
    return previous && this.#commit({ previous, zone: undefined, removed: undefined, added: undefined })
  }

  /** Replaces what was published. */
  publish(nodes: ReadonlyMap<string, Node>): ZoneChange | undefined {
    const names = [...this.#published.keys(), ...nodes.keys()]
    const files = new Map(names.map(name => [name, this.fileNode(name)]))
    this.#published = nodes
    return this.#applyNodes(files)
  }

  /** @throws EditError for the first edit that cannot be done; none is done then */
  edit(edits: readonly Edit[], breaking: InvalidEdits): ZoneChange | undefined {
    const base = this.#baseFor(edits)
    const draft = new ZoneDraft(this.origin, base, breaking)
    for (const edit of edits) draft.apply(edit)
    const files = new Map<string, Node>()
    const overrides = new Map<string, Overrides>()
    for (const [name, after] of draft.changed()) {
      const file = this.fileNode(name)
      const before = base(name)
      checkSizes(before, after)
      files.set(name, file)
      const lower = [...file, ...(this.#published.get(name) ?? NOTHING)]
      overrides.set(name, nextOverrides({ before, after, lower, old: this.#overrides.get(name) }))
    }
    this.#setOverrides(overrides)
    return this.#applyNodes(files)
  }

  #setOverrides(changed: ReadonlyMap<string, Overrides>): void {
    const more = [...changed].filter(([name, types]) => types.size > 0 && !this.#overrides.has(name))
    if (more.length > 0 && this.#overrides.size + more.length > MAX_OVERRIDDEN_NAMES) {
      throw new EditError('too-many', `${MAX_OVERRIDDEN_NAMES} names are changed at run time already`)
    }
    for (const [name, types] of changed) {
      if (types.size > 0) this.#overrides.set(name, types)
      else this.#overrides.delete(name)
    }
  }

  /** What is published gives way to what is set; what is removed is removed of it too. */
  #baseFor(edits: readonly Edit[]): (name: string) => Node {
    const removing = new Set(edits.flatMap(edit => (edit.kind === 'remove' ? [fold(edit.name)] : [])))
    return name =>
      removing.has(name) ? this.#mergeLayers(name, this.fileNode(name)) : this.#withOverrides(name, this.fileNode(name))
  }

  #withOverrides(name: string, file: Node): Node {
    return applyOverrides(file, this.#overrides.get(name))
  }

  /** What is served at a name when the file has this there. */
  #mergeLayers(name: string, file: Node): Node {
    const hidden = this.#overrides.get(name)
    const published = this.#published.get(name)?.filter(([first]) => !hidden?.has(first.type))
    const own = this.#withOverrides(name, file)
    return published ? mergeLower(own, published) : own
  }

  /** Remembers what the file has where it is not served as it stands. */
  #keepFileNodes(files: ReadonlyMap<string, Node>): void {
    for (const [name, file] of files) {
      const layered = name === this.origin || this.#overrides.has(name) || this.#published.has(name)
      if (layered) this.#fileNodes.set(name, file)
      else this.#fileNodes.delete(name)
    }
  }

  /** Serves these names as they should be now, in the next version where that is something else. */
  #applyNodes(files: ReadonlyMap<string, Node>): ZoneChange | undefined {
    const previous = this.#zone
    if (!previous) return undefined
    this.#keepFileNodes(files)
    const changes = new Map<string, Node>()
    const removed: DnsRecord[] = []
    const added: DnsRecord[] = []
    for (const [name, file] of files) {
      const node = this.#mergeLayers(name, file)
      const was = previous.node(name) ?? NOTHING
      const [gone, come] = [recordsMissingIn(was, node), recordsMissingIn(node, was)]
      if (gone.length + come.length > 0) changes.set(name, node)
      removed.push(...gone)
      added.push(...come)
    }
    const soa = this.#layeredSoa()
    if (changes.size === 0 && isServedAs(soa, previous.soa)) return undefined
    const zone = previous.with(this.#withNextSerial(soa), changes)
    const told = removed.length + added.length <= MAX_CHANGED_RECORDS
    return this.#commit({ previous, zone, removed: told ? removed : undefined, added: told ? added : undefined })
  }

  #replace(file: Zone): ZoneChange {
    const previous = this.#zone
    this.#fileNodes.clear()
    const names = [this.origin, ...this.#overrides.keys(), ...this.#published.keys()]
    const files = new Map(names.map(name => [name, file.node(name) ?? NOTHING]))
    this.#keepFileNodes(files)
    const changes = new Map([...files].map(([name, node]) => [name, this.#mergeLayers(name, node)]))
    const zone = file.with(this.#withNextSerial(this.#layeredSoa()), changes)
    return this.#commit({ previous, zone, removed: undefined, added: undefined })
  }

  /** The SOA of the layers, with the serial that it has there. */
  #layeredSoa(): Soa {
    const soa = recordSet(this.#withOverrides(this.origin, this.fileNode(this.origin)), 'SOA')?.[0]
    if (soa?.type !== 'SOA') throw new Error(`the zone ${absolute(this.origin)} has lost its SOA`)
    return soa
  }

  /** The SOA to serve next: its own serial counts where it is higher. */
  #withNextSerial(soa: Soa): Soa {
    const current = this.#serial
    const { serial } = soa.data
    this.#serial = current === undefined || isNewer(serial, current) ? serial : nextSerial(current)
    return withSerial(soa, this.#serial)
  }

  #commit(change: Omit<ZoneChange, 'origin'>): ZoneChange {
    const whole = { origin: this.origin, ...change }
    this.#zone = change.zone
    this.#history.add(whole)
    return whole
  }
}

/** What an answer has beside its records: a question, EDNS with its options, a signature. */
const AROUND_ANSWERS_BYTES = 1024

/** A set that no answer can hold would only take memory, and time at every change. @throws EditError */
function checkSizes(before: Node, after: Node): void {
  for (const set of after) {
    const [{ name, type }] = set
    if (set.length === 1 || set === recordSet(before, type) || fitsAnswer(set)) continue
    throw new EditError('too-many', `${absolute(name)} would have more ${type} records than an answer can hold`)
  }
}

function fitsAnswer(answers: readonly DnsRecord[]): boolean {
  return encodeAnswers({ ...EMPTY_MESSAGE, answers }, MAX_MESSAGE_BYTES - AROUND_ANSWERS_BYTES).left.length === 0
}

type Soa = RecordOf<'SOA'>

/** Whether the SOA differs from the one that is served in its serial at most, and that is not higher. */
function isServedAs(soa: Soa, served: Soa): boolean {
  const { serial } = served.data
  return !isNewer(soa.data.serial, serial) && isSameRecord(withSerial(soa, serial), served) && soa.ttl === served.ttl
}

function withSerial(soa: Soa, serial: number): Soa {
  return { ...soa, data: { ...soa.data, serial } }
}
