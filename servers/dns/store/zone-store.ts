/**
 * The zones being served: those of the files, what was set in them at run time, and in the suite's own the records of the
 * services that are up. Pure.
 */

import { runToCompletion } from '../../../shared/async/cooperative.ts'
import { absolute } from '../../../shared/dns/name.ts'
import { ZONE } from '../../../shared/dns/suite-zone.ts'
import type { Endpoint } from '../../../shared/service.ts'
import type { Zones } from '../answer.ts'
import { type Edit, EditError, type InvalidEdits } from '../zone/edit.ts'
import type { Zone } from '../zone/zone.ts'
import { ZoneError } from '../zone/zone-error.ts'
import { differingNames } from './differing-names.ts'
import type { ZoneChange } from './history.ts'
import { LayeredZone } from './layered-zone.ts'
import { emptyZone, type LocalAddresses, publishedNodes, publishedRecords } from './published-records.ts'

/** What a change of the files has to say to whoever keeps them. */
export type Notices = readonly string[]

/** Serials by the folded names of their zones. */
export type Serials = ReadonlyMap<string, number>

export class ZoneStore {
  readonly #zones = new Map<string, Zone>()
  readonly #served = new Map<string, LayeredZone>()
  readonly #listeners = new Set<(change: ZoneChange) => void>()
  /** What each file gave last: the same again is no change. */
  #files: ReadonlyMap<string, Zone> = new Map()
  readonly #lastSerials: Serials
  #publishing = false
  #version = 0

  /**
   * @param lastSerials those that zones were served with before: a zone begins with a higher one
   * @throws ZoneError where two zones have the same name
   */
  constructor(zones: readonly Zone[], lastSerials: Serials = new Map()) {
    this.#lastSerials = lastSerials
    this.replace(zones)
  }

  /** The zones as they are now, by their folded origins; a later change shows in the same map. */
  get zones(): Zones {
    return this.#zones
  }

  /** Raised by every change: what was made of the zones before it may be wrong after it. */
  get version(): number {
    return this.#version
  }

  /** The serial that a zone is served with, where that is another one than its file has. */
  adjustedSerial(origin: string): number | undefined {
    const served = this.#served.get(origin)
    const serial = served?.zone?.soa.data.serial
    return serial === served?.fileSerial ? undefined : serial
  }

  /** Calls back after every change. Returns what takes it off again. */
  onChange(listener: (change: ZoneChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The last changes of a zone, oldest first, each leading on from the one before. Bounded. */
  history(origin: string): readonly ZoneChange[] {
    return this.#served.get(origin)?.history ?? []
  }

  /**
   * Serves these zones in the place of those that files gave before. What was set at run time stays on top.
   *
   * @throws ZoneError where two zones have the same name; nothing is changed then
   */
  replace(zones: readonly Zone[]): Notices {
    return runToCompletion(this.replaceInSteps(zones))
  }

  /** The same in small steps, between which others may run: all zones change at the end, at once. */
  *replaceInSteps(zones: readonly Zone[]): Generator<void, Notices> {
    const files = this.#byOrigin(zones)
    const differences = new Map<string, ReadonlySet<string> | undefined>()
    for (const [origin, file] of files) {
      const served = this.#served.get(origin)
      if (served && file !== this.#files.get(origin)) differences.set(origin, yield* differingNames(served, file))
    }
    const gone = [...this.#files.keys()].filter(origin => !files.has(origin))
    const changed = [...files].filter(([origin, file]) => file !== this.#files.get(origin))
    this.#files = files
    for (const origin of gone) this.#unload(origin)
    return changed.flatMap(([origin, file]) => this.#load(origin, file, differences.get(origin)))
  }

  /**
   * Changes records at run time: all the edits or none, in one version. Where nothing changes there is no new version.
   *
   * @param origin the zone's name, folded
   * @param breaking what becomes of edits that would break the zone; `skip` is for UPDATE (RFC 2136, section 3.4.2)
   * @returns the zone as it is now
   * @throws EditError for the first edit that cannot be done
   */
  edit(origin: string, edits: readonly Edit[], breaking: InvalidEdits = 'refuse'): Zone {
    const served = this.#served.get(origin)
    if (!served?.zone) throw new EditError('no-zone', `the zone ${absolute(origin)} is not served here`)
    this.#emit(served.edit(edits, breaking))
    return served.zone
  }

  /** Replaces what was published by the records of these endpoints. */
  publish(endpoints: readonly Endpoint[], own: LocalAddresses): void {
    this.#publishing = true
    const served = this.#layeredZone(ZONE)
    if (!served.zone) this.#emit(served.load(emptyZone()))
    this.#emit(served.publish(publishedNodes(publishedRecords(endpoints, own))))
  }

  #byOrigin(zones: readonly Zone[]): Map<string, Zone> {
    const files = new Map<string, Zone>()
    for (const zone of zones) {
      if (files.has(zone.origin)) throw new ZoneError(zone.origin, 1, '', 'the zone is there twice')
      files.set(zone.origin, zone)
    }
    return files
  }

  #unload(origin: string): void {
    const served = this.#layeredZone(origin)
    // The suite's zone is there without a file, too, for what is published in it.
    this.#emit(origin === ZONE && this.#publishing ? served.load(emptyZone()) : served.unload())
  }

  #load(origin: string, file: Zone, names: ReadonlySet<string> | undefined): Notices {
    const served = this.#layeredZone(origin)
    const { zone: before, fileSerial } = served
    this.#emit(served.load(file, names))
    const { serial } = file.soa.data
    const now = served.zone?.soa.data.serial
    const asked = served.zone !== before || serial !== fileSerial
    if (!before || now === serial || !asked) return []
    const was = before.soa.data.serial
    return [
      `the zone ${absolute(origin)} has changed, but its serial ${serial} is not higher than the ${was} served before: it is served with ${now}`,
    ]
  }

  #layeredZone(origin: string): LayeredZone {
    const served = this.#served.get(origin) ?? new LayeredZone(origin, this.#lastSerials.get(origin))
    this.#served.set(origin, served)
    return served
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
