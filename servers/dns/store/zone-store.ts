/** The zones that the server serves, from files and texts, with run-time changes and the records of running services. Pure. */
import { runToCompletion } from '../../../shared/async/cooperative.ts'
import { absolute } from '../../../shared/dns/name.ts'
import { ZONE } from '../../../shared/dns/suite-zone.ts'
import type { Endpoint } from '../../../shared/service.ts'
import type { Zones } from '../query/answer.ts'
import { type Edit, EditError, type InvalidEdits } from '../zone/edit.ts'
import type { Node } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'
import { ZoneError } from '../zone/zone-error.ts'
import { MAX_CHANGED_RECORDS, recordsMissingIn, type ZoneChange } from './history.ts'
import { LayeredZone } from './layered-zone.ts'
import { emptyZone, groupIntoNodes, type LocalAddresses, publishedRecords } from './published-records.ts'

/** Messages for the log about a change of the files. */
export type Notices = readonly string[]

/** Serials by the folded names of their zones. */
export type Serials = ReadonlyMap<string, number>

export class ZoneStore {
  readonly #zones = new Map<string, Zone>()
  readonly #layered = new Map<string, LayeredZone>()
  readonly #listeners = new Set<(change: ZoneChange) => void>()
  /** The last zone of each file. If a file has not changed, its zone is the same object. */
  #files: ReadonlyMap<string, Zone> = new Map()
  readonly #lastSerials: Serials
  #publishing = false
  #version = 0

  /**
   * @param lastSerials the serials that zones were served with before; each zone starts with a higher one
   * @throws ZoneError if two zones have the same name
   */
  constructor(zones: readonly Zone[], lastSerials: Serials = new Map()) {
    this.#lastSerials = lastSerials
    this.replace(zones)
  }

  /** The current zones by their folded origins. Always the same map, so later changes appear in it. */
  get zones(): Zones {
    return this.#zones
  }

  /** Increases with every change: invalidates everything derived from the zones. */
  get version(): number {
    return this.#version
  }

  /** Returns the serial that a zone is served with if that differs from the serial in its file, else undefined. */
  adjustedSerial(origin: string): number | undefined {
    const layered = this.#layered.get(origin)
    const serial = layered?.zone?.soa.data.serial
    return serial === layered?.fileSerial ? undefined : serial
  }

  /** Calls the listener after every change. Returns a function that removes the listener. */
  onChange(listener: (change: ZoneChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Returns the last changes of a zone, oldest first, each starting from the version that the previous one led to. Bounded. */
  history(origin: string): readonly ZoneChange[] {
    return this.#layered.get(origin)?.history ?? []
  }

  /**
   * Replaces the zones of the files. Run-time records stay.
   *
   * @throws ZoneError if two zones have the same name; then nothing changes
   */
  replace(zones: readonly Zone[]): Notices {
    return runToCompletion(this.replaceInSteps(zones))
  }

  /** Like `replace`, in small steps that do not block the event loop. All zones change together, in the last step. */
  *replaceInSteps(zones: readonly Zone[]): Generator<void, Notices> {
    const files = byOrigin(zones)
    const changed = [...files].filter(([origin, file]) => file !== this.#files.get(origin))
    const differences = new Map<string, ReadonlySet<string> | undefined>()
    for (const [origin, file] of changed) {
      const layered = this.#layered.get(origin)
      if (layered) differences.set(origin, yield* findDifferingNames(layered, file))
    }
    const removed = [...this.#files.keys()].filter(origin => !files.has(origin))
    this.#files = files
    for (const origin of removed) this.#unload(origin)
    return changed.flatMap(([origin, file]) => this.#load(origin, file, differences.get(origin)))
  }

  /**
   * Changes records at run time: makes all edits or none, in one new version. If nothing changes, there is no new version.
   *
   * @param origin the zone's name, folded
   * @param invalid how to handle edits that would make the zone invalid; UPDATE skips them (RFC 2136, section 3.4.2)
   * @returns the current version of the zone
   * @throws EditError for the first edit that cannot be made
   */
  edit(origin: string, edits: readonly Edit[], invalid: InvalidEdits = 'refuse'): Zone {
    const layered = this.#layered.get(origin)
    if (!layered?.zone) throw new EditError('no-zone', `the zone ${absolute(origin)} is not served here`)
    this.#emit(layered.edit(edits, invalid))
    return layered.zone
  }

  /** Undoes all edits. Each zone that changes gets a new version with a higher serial. */
  reset(): void {
    for (const layered of this.#layered.values()) this.#emit(layered.reset())
  }

  /** Replaces the published records with those of these endpoints. */
  publish(endpoints: readonly Endpoint[], localAddresses: LocalAddresses): void {
    this.#publishing = true
    const layered = this.#layeredZone(ZONE)
    if (!layered.zone) this.#emit(layered.load(emptyZone()))
    this.#emit(layered.publish(groupIntoNodes(publishedRecords(endpoints, localAddresses))))
  }

  #unload(origin: string): void {
    const layered = this.#layeredZone(origin)
    // Published records need the suite's zone, with or without a file.
    this.#emit(origin === ZONE && this.#publishing ? layered.load(emptyZone()) : layered.unload())
  }

  #load(origin: string, file: Zone, names: ReadonlySet<string> | undefined): Notices {
    const layered = this.#layeredZone(origin)
    const { zone: before, fileSerial } = layered
    this.#emit(layered.load(file, names))
    const { serial } = file.soa.data
    const served = layered.zone?.soa.data.serial
    const changed = layered.zone !== before || serial !== fileSerial
    if (!before || served === serial || !changed) return []
    const previous = before.soa.data.serial
    return [
      `the zone ${absolute(origin)} has changed, but its serial ${serial} is not higher than the ${previous} served before: it is served with ${served}`,
    ]
  }

  #layeredZone(origin: string): LayeredZone {
    const layered = this.#layered.get(origin) ?? new LayeredZone(origin, this.#lastSerials.get(origin))
    this.#layered.set(origin, layered)
    return layered
  }

  #emit(change: ZoneChange | undefined): void {
    if (!change) return
    const { origin, zone } = change
    if (zone) this.#zones.set(origin, zone)
    else this.#zones.delete(origin)
    this.#version++
    for (const listener of this.#listeners) listener(change)
  }
}

function byOrigin(zones: readonly Zone[]): Map<string, Zone> {
  const files = new Map<string, Zone>()
  for (const zone of zones) {
    if (files.has(zone.origin)) throw new ZoneError(zone.origin, 1, '', 'two zones have this name')
    files.set(zone.origin, zone)
  }
  return files
}

/** One step takes about a millisecond. */
const NAMES_PER_STEP = 1000
const EMPTY_NODE: Node = []

/** Returns the names where a file differs from the previous one, and the apex; undefined if there are too many. */
function* findDifferingNames(layered: LayeredZone, file: Zone): Generator<void, ReadonlySet<string> | undefined> {
  const { zone } = layered
  if (!zone) return undefined
  const differing = new Set([layered.origin])
  let count = 0
  for (const [name, after] of nodesOfBoth(zone, file)) {
    if (++count % NAMES_PER_STEP === 0) yield
    const before = layered.fileNode(name)
    if (recordsMissingIn(before, after).length + recordsMissingIn(after, before).length > 0) differing.add(name)
    if (differing.size > MAX_CHANGED_RECORDS) return undefined
  }
  return differing
}

/** Yields the file's nodes at all names of the file and of the zone. Most appear twice, which is cheaper than a set of names. */
function* nodesOfBoth(zone: Zone, file: Zone): Generator<readonly [string, Node]> {
  yield* file.names()
  for (const [name] of zone.names()) yield [name, file.node(name) ?? EMPTY_NODE]
}
