/**
 * One served zone. Merges three layers: run-time records override those of the zone's file, which override those of running
 * services. Every change creates a new version with a higher serial (RFC 1982). Pure.
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

/** Bounds the names of one zone that are changed at run time. */
const MAX_OVERRIDDEN_NAMES = 100_000

const EMPTY_NODE: Node = []

export class LayeredZone {
  readonly origin: string
  #zone: Zone | undefined
  #serial: number | undefined
  #published: ReadonlyMap<string, Node> = new Map()
  readonly #overrides = new Map<string, Overrides>()
  /** The file's nodes at names where the served zone may differ: those of the other layers, and the apex. */
  readonly #fileNodes = new Map<string, Node>()
  readonly #history = new ZoneHistory()

  /** @param lastSerial the serial that the zone was last served with, if any; the next one is higher */
  constructor(origin: string, lastSerial?: number) {
    this.origin = origin
    this.#serial = lastSerial
  }

  /** The served version; undefined while there is no file. */
  get zone(): Zone | undefined {
    return this.#zone
  }

  get history(): readonly ZoneChange[] {
    return this.#history.changes
  }

  /** Returns the file's node of a folded name. */
  fileNode(name: string): Node {
    return this.#fileNodes.get(name) ?? this.#zone?.node(name) ?? EMPTY_NODE
  }

  /** The serial in the file; undefined while there is no file. */
  get fileSerial(): number | undefined {
    const soa = recordSet(this.fileNode(this.origin), 'SOA')?.[0]
    return soa?.type === 'SOA' ? soa.data.serial : undefined
  }

  /**
   * Serves the new content of the file.
   *
   * @param names the names that differ from the previous file; undefined if there are too many, or no previous file
   */
  load(file: Zone, names?: ReadonlySet<string>): ZoneChange | undefined {
    if (this.#zone && names) return this.#applyNodes(new Map([...names].map(name => [name, nodeOf(file, name)])))
    return this.#replace(file)
  }

  /** Stops serving the zone. Keeps the serial and the run-time records in case its file returns. */
  unload(): ZoneChange | undefined {
    const previous = this.#zone
    this.#zone = undefined
    this.#fileNodes.clear()
    return previous && this.#commit({ previous, zone: undefined, removed: undefined, added: undefined })
  }

  /** Replaces the published records. */
  publish(nodes: ReadonlyMap<string, Node>): ZoneChange | undefined {
    const files = this.#fileNodesAt([...this.#published.keys(), ...nodes.keys()])
    this.#published = nodes
    return this.#applyNodes(files)
  }

  /** Removes all run-time records. */
  reset(): ZoneChange | undefined {
    const files = this.#fileNodesAt(this.#overrides.keys())
    this.#overrides.clear()
    return this.#applyNodes(files)
  }

  /** Makes all edits. @throws EditError for the first invalid one; then it makes none */
  edit(edits: readonly Edit[], invalid: InvalidEdits): ZoneChange | undefined {
    const nodeBefore = this.#editableNodes(edits)
    const draft = new ZoneDraft(this.origin, nodeBefore, invalid)
    for (const edit of edits) draft.apply(edit)
    const files = new Map<string, Node>()
    const overrides = new Map<string, Overrides>()
    for (const [name, after] of draft.editedNodes()) {
      const file = this.fileNode(name)
      const before = nodeBefore(name)
      checkSizes(before, after)
      files.set(name, file)
      const lower = [...file, ...(this.#published.get(name) ?? EMPTY_NODE)]
      overrides.set(name, nextOverrides({ before, after, lower, current: this.#overrides.get(name) }))
    }
    this.#setOverrides(overrides)
    return this.#applyNodes(files)
  }

  #setOverrides(changed: ReadonlyMap<string, Overrides>): void {
    const added = [...changed].filter(([name, overrides]) => overrides.size > 0 && !this.#overrides.has(name))
    if (added.length > 0 && this.#overrides.size + added.length > MAX_OVERRIDDEN_NAMES) {
      throw new EditError('too-many', `the limit of ${MAX_OVERRIDDEN_NAMES} names changed at run time is reached`)
    }
    for (const [name, overrides] of changed) {
      if (overrides.size > 0) this.#overrides.set(name, overrides)
      else this.#overrides.delete(name)
    }
  }

  /**
   * Returns the nodes that edits apply to. They include published records only at names with a removal: records set or added
   * at run time replace published ones.
   */
  #editableNodes(edits: readonly Edit[]): (name: string) => Node {
    const removals = new Set(edits.flatMap(edit => (edit.kind === 'remove' ? [fold(edit.name)] : [])))
    return name => {
      const file = this.fileNode(name)
      return removals.has(name) ? this.#mergeLayers(name, file) : this.#withOverrides(name, file)
    }
  }

  #withOverrides(name: string, file: Node): Node {
    return applyOverrides(file, this.#overrides.get(name))
  }

  /** Returns the node to serve at a name if the file has the given node. */
  #mergeLayers(name: string, file: Node): Node {
    const overrides = this.#overrides.get(name)
    const published = this.#published.get(name)?.filter(([first]) => !overrides?.has(first.type))
    const upper = this.#withOverrides(name, file)
    return published ? mergeLower(upper, published) : upper
  }

  #fileNodesAt(names: Iterable<string>): Map<string, Node> {
    return new Map(Array.from(names, name => [name, this.fileNode(name)]))
  }

  /** Stores the file's nodes at names where other layers may hide them. */
  #storeFileNodes(files: ReadonlyMap<string, Node>): void {
    for (const [name, file] of files) {
      const layered = name === this.origin || this.#overrides.has(name) || this.#published.has(name)
      if (layered) this.#fileNodes.set(name, file)
      else this.#fileNodes.delete(name)
    }
  }

  /** Merges the layers at these names. Creates a new version if that changes anything. */
  #applyNodes(files: ReadonlyMap<string, Node>): ZoneChange | undefined {
    const previous = this.#zone
    if (!previous) return undefined
    this.#storeFileNodes(files)
    const changes = new Map<string, Node>()
    const removed: DnsRecord[] = []
    const added: DnsRecord[] = []
    for (const [name, file] of files) {
      const before = nodeOf(previous, name)
      const after = this.#mergeLayers(name, file)
      const [removedHere, addedHere] = [recordsMissingIn(before, after), recordsMissingIn(after, before)]
      if (removedHere.length + addedHere.length > 0) changes.set(name, after)
      removed.push(...removedHere)
      added.push(...addedHere)
    }
    const soa = this.#layeredSoa()
    if (changes.size === 0 && isSoaUnchanged(soa, previous.soa)) return undefined
    const zone = previous.with(this.#withNextSerial(soa), changes)
    if (removed.length + added.length <= MAX_CHANGED_RECORDS) return this.#commit({ previous, zone, removed, added })
    return this.#commit({ previous, zone, removed: undefined, added: undefined })
  }

  #replace(file: Zone): ZoneChange {
    const previous = this.#zone
    this.#fileNodes.clear()
    const names = [this.origin, ...this.#overrides.keys(), ...this.#published.keys()]
    const files = new Map(names.map(name => [name, nodeOf(file, name)]))
    this.#storeFileNodes(files)
    const changes = new Map([...files].map(([name, node]) => [name, this.#mergeLayers(name, node)]))
    const zone = file.with(this.#withNextSerial(this.#layeredSoa()), changes)
    return this.#commit({ previous, zone, removed: undefined, added: undefined })
  }

  /** Returns the SOA of the layers, with its own serial. */
  #layeredSoa(): Soa {
    const soa = recordSet(this.#withOverrides(this.origin, this.fileNode(this.origin)), 'SOA')?.[0]
    if (soa?.type !== 'SOA') throw new Error(`the zone ${absolute(this.origin)} has no SOA`)
    return soa
  }

  /** Returns the SOA of the next version: its own serial if that is higher than the current one, else the next serial. */
  #withNextSerial(soa: Soa): Soa {
    const current = this.#serial
    const { serial } = soa.data
    this.#serial = current === undefined || isNewer(serial, current) ? serial : nextSerial(current)
    return withSerial(soa, this.#serial)
  }

  #commit(change: Omit<ZoneChange, 'origin'>): ZoneChange {
    const committed = { origin: this.origin, ...change }
    this.#zone = change.zone
    this.#history.add(committed)
    return committed
  }
}

function nodeOf(zone: Zone, name: string): Node {
  return zone.node(name) ?? EMPTY_NODE
}

/** Bounds the parts of a response beside its answers: the question, the OPT record, a signature. */
const RESPONSE_OVERHEAD_BYTES = 1024

/** Rejects sets that no response can hold. @throws EditError */
function checkSizes(before: Node, after: Node): void {
  for (const set of after) {
    const [{ name, type }] = set
    if (set.length === 1 || set === recordSet(before, type) || fitsResponse(set)) continue
    throw new EditError('too-many', `${absolute(name)} would have more ${type} records than a response can hold`)
  }
}

function fitsResponse(answers: readonly DnsRecord[]): boolean {
  return encodeAnswers({ ...EMPTY_MESSAGE, answers }, MAX_MESSAGE_BYTES - RESPONSE_OVERHEAD_BYTES).left.length === 0
}

type Soa = RecordOf<'SOA'>

/** Returns true if the SOA equals the served one, or differs only in a serial that is not higher. */
function isSoaUnchanged(soa: Soa, served: Soa): boolean {
  const { serial } = served.data
  return !isNewer(soa.data.serial, serial) && isSameRecord(withSerial(soa, serial), served) && soa.ttl === served.ttl
}

function withSerial(soa: Soa, serial: number): Soa {
  return { ...soa, data: { ...soa.data, serial } }
}
