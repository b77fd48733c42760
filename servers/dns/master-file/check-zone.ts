/** Loads a zone in small steps, and collects its errors and warnings, each with file, line and text. Pure. */
import { absolute, fold } from '../../../shared/dns/name.ts'
import { printRdata } from '../../../shared/dns/print.ts'
import { ZONE } from '../../../shared/dns/suite-zone.ts'
import { PUBLISHED_HOSTS } from '../store/published-records.ts'
import type { Zone } from '../zone/zone.ts'
import { ZoneError } from '../zone/zone-error.ts'
import { type Defect, findDefects, type Severity } from './defects.ts'
import { loadZoneInSteps } from './load-zone.ts'
import { type MasterFile, type ParsedRecord, parseMasterFile, zoneError } from './master-file.ts'

/** The number of errors, and of warnings, reported for one zone. */
export const MAX_REPORTED = 20

export interface ZoneCheck {
  /** Lacks the invalid records. Undefined if there is no SOA record or there are too many errors. */
  readonly zone: Zone | undefined
  /** The server serves the zone only if this is empty. */
  readonly errors: readonly ZoneError[]
  readonly warnings: readonly ZoneError[]
}

export interface Requirements {
  /** True if the zone must have name servers with addresses. Zones given as text need not. */
  readonly complete: boolean
}

export function* checkZone(source: MasterFile, requirements: Requirements): Generator<void, ZoneCheck> {
  const errors: ZoneError[] = []
  const report = (error: ZoneError) => {
    errors.push(error)
    if (errors.length >= MAX_REPORTED) throw error
  }
  let zone: Zone | undefined
  try {
    zone = yield* loadZoneInSteps(source, report)
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    if (!errors.includes(error)) errors.push(error)
  }
  if (!zone) return { zone, errors, warnings: [] }
  const located = yield* locateDefects(source, zone, yield* collectDefects(zone))
  const isError = ({ severity }: LocatedDefect) =>
    severity === 'error' || (severity === 'incomplete' && requirements.complete)
  return {
    zone,
    errors: [...errors, ...located.filter(isError).map(({ error }) => error)],
    warnings: located.filter(defect => !isError(defect)).map(({ error }) => error),
  }
}

/**
 * Loads a zone for serving.
 *
 * @param warn receives the warnings
 * @throws ZoneError for the first error
 */
export function* loadCheckedZone(
  source: MasterFile,
  requirements: Requirements,
  warn: (warning: ZoneError) => void,
): Generator<void, Zone> {
  const { zone, errors, warnings } = yield* checkZone(source, requirements)
  if (errors[0] || !zone) throw errors[0] ?? zoneError(source, 1, 'the zone cannot be loaded')
  for (const warning of warnings) warn(warning)
  return zone
}

const NO_HOSTS: ReadonlySet<string> = new Set()

function* collectDefects(zone: Zone): Generator<void, Defect[]> {
  const defects: Defect[] = []
  // While the server runs, it adds the hosts of the running services and a name server to the suite's zone.
  for (const defect of findDefects(zone, zone.origin === ZONE ? PUBLISHED_HOSTS : NO_HOSTS)) {
    if (defect) defects.push(defect)
    else yield
    if (defects.length >= MAX_REPORTED) break
  }
  return defects
}

interface LocatedDefect {
  readonly severity: Severity
  readonly error: ZoneError
}

/** Parses the text again to find the lines of the defects: a zone does not store them, since a valid zone needs none. */
function* locateDefects(source: MasterFile, zone: Zone, defects: readonly Defect[]): Generator<void, LocatedDefect[]> {
  if (defects.length === 0) return []
  const keys = new Set(defects.map(({ record }) => keyOf(record ?? zone.soa)))
  const locations = new Map<string, ParsedRecord>()
  for (const parsed of parseMasterFile(source, () => {})) {
    yield
    const key = keyOf(parsed.record)
    if (keys.has(key) && !locations.has(key)) locations.set(key, parsed)
    if (locations.size === keys.size) break
  }
  return defects.map(({ severity, record, reason }) => {
    const location = locations.get(keyOf(record ?? zone.soa))
    return { severity, error: zoneError(location?.source ?? source, location?.line ?? 1, reason) }
  })
}

function keyOf(record: ParsedRecord['record']): string {
  return `${fold(absolute(record.name))} ${record.type} ${printRdata(record)}`
}
