/** The zones being served: those of the files, and in the suite's own the records of the services that are up. Pure. */
import { ZONE } from '../../../shared/names.ts'
import type { Endpoint } from '../../../shared/service.ts'
import type { Zones } from '../answer.ts'
import { emptyZone, type OwnAddresses, publishedRecords, publishInto } from './publish.ts'
import type { Zone } from './zone.ts'
import { ZoneError } from './zone-error.ts'

export class ServedZones {
  readonly #zones = new Map<string, Zone>()
  /** The suite's zone as it is without what is published. */
  readonly #base: Zone
  #revision = 0

  /** @throws ZoneError where two zones have the same name */
  constructor(zones: readonly Zone[]) {
    for (const zone of zones) {
      if (this.#zones.has(zone.origin)) throw new ZoneError(zone.origin, 1, '', 'the zone is there twice')
      this.#zones.set(zone.origin, zone)
    }
    this.#base = this.#zones.get(ZONE) ?? emptyZone()
  }

  /** The zones as they are now; a later change shows in the same map. */
  get zones(): Zones {
    return this.#zones
  }

  /** Replaces what was published by the records of these endpoints. */
  publish(endpoints: readonly Endpoint[], own: OwnAddresses): void {
    const records = publishedRecords(endpoints, own)
    this.#zones.set(ZONE, publishInto(this.#base, records, this.#revision++))
  }
}
