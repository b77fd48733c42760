/** Builds a zone from the records of its master file. Pure. */
import { runToCompletion } from '../../../shared/async/cooperative.ts'
import { absolute, fold } from '../../../shared/dns/name.ts'
import type { Zone } from '../zone/zone.ts'
import { ZoneBuilder } from '../zone/zone-builder.ts'
import { type MasterFile, parseMasterFile, type Report, throwError, zoneError } from './master-file.ts'

/**
 * Loads a zone.
 *
 * @throws ZoneError for the first error: a zone with an error is not served at all
 */
export function loadZone(source: MasterFile): Zone {
  return runToCompletion(loadZoneInSteps(source))
}

/** One step takes about a millisecond. */
const RECORDS_PER_STEP = 500

/**
 * Loads a zone in small steps, so that a large zone does not block the event loop.
 *
 * @param report receives each error; unless it throws, loading continues without the invalid record
 * @throws ZoneError if the zone has no SOA record, whatever `report` does
 */
export function* loadZoneInSteps(source: MasterFile, report: Report = throwError): Generator<void, Zone> {
  const origin = fold(source.origin)
  const builder = new ZoneBuilder(origin)
  let count = 0
  for (const parsed of parseMasterFile(source, report)) {
    const conflict = builder.add(parsed.record)
    if (conflict) report(zoneError(parsed.source, parsed.line, conflict))
    if (++count % RECORDS_PER_STEP === 0) yield
  }
  const missing = builder.hasApex('SOA') ? [] : (source.defaults?.apex ?? [])
  for (const record of missing.filter(({ type }) => !builder.hasApex(type))) {
    const conflict = builder.add(record)
    if (conflict) report(zoneError(source, 1, conflict))
  }
  const zone = builder.build()
  if (!zone) throw zoneError(source, 1, `the zone ${absolute(origin)} has no SOA record`)
  return zone
}
