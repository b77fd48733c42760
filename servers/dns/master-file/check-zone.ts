/** Reads a zone and tells all that is wrong with it, each with file, line and text, in small steps. Pure. */
import { absolute, fold } from '../../../shared/dns/name.ts'
import { printRdata } from '../../../shared/dns/print.ts'
import { ZONE } from '../../../shared/dns/suite-zone.ts'
import { PUBLISHED_HOSTS } from '../store/published-records.ts'
import { readingZone, type Zone } from '../zone/zone.ts'
import { ZoneError } from '../zone/zone-error.ts'
import { type Defect, defectsOf, type Gravity } from './defects.ts'
import { type MasterFile, type ParsedRecord, parseMasterFile, zoneError } from './master-file.ts'

/** How many errors, and how many warnings, are told of one zone: who has mended these can look again. */
export const MAX_FINDINGS = 20

export interface Examination {
  /** Undefined where it could not even be read; otherwise without what the errors are about. */
  readonly zone: Zone | undefined
  /** It is served only where there are none. */
  readonly errors: readonly ZoneError[]
  readonly warnings: readonly ZoneError[]
}

/** What a zone has to have. */
export interface Demands {
  /** That it can stand on its own: it has name servers, and they have addresses. Zones of tests need not. */
  readonly complete: boolean
}

/** Reads a zone and looks for what is wrong with it. */
export function* examiningZone(source: MasterFile, demands: Demands): Generator<void, Examination> {
  const errors: ZoneError[] = []
  const report = (error: ZoneError) => {
    errors.push(error)
    if (errors.length >= MAX_FINDINGS) throw error
  }
  let zone: Zone | undefined
  try {
    zone = yield* readingZone(source, report)
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error
    if (!errors.includes(error)) errors.push(error)
  }
  if (!zone) return { zone, errors, warnings: [] }
  const found = yield* findDefects(zone)
  const told = yield* locate(source, zone, found)
  const grave = (gravity: Gravity) => gravity === 'wrong' || (gravity === 'incomplete' && demands.complete)
  return {
    zone,
    errors: [...errors, ...told.filter(({ gravity }) => grave(gravity)).map(({ error }) => error)],
    warnings: told.filter(({ gravity }) => !grave(gravity)).map(({ error }) => error),
  }
}

/**
 * Reads a zone that is to be served.
 *
 * @param warn is told what is doubtful about it
 * @throws ZoneError for the first thing wrong with it
 */
export function* loadingZone(
  source: MasterFile,
  demands: Demands,
  warn: (warning: ZoneError) => void,
): Generator<void, Zone> {
  const { zone, errors, warnings } = yield* examiningZone(source, demands)
  if (errors[0] || !zone) throw errors[0] ?? zoneError(source, 1, 'the zone cannot be read')
  for (const warning of warnings) warn(warning)
  return zone
}

/** The suite's own zone gets the hosts of the services that are up, and a name server, while it is served. */
const NO_HOSTS: ReadonlySet<string> = new Set()

function* findDefects(zone: Zone): Generator<void, Defect[]> {
  const found: Defect[] = []
  for (const defect of defectsOf(zone, zone.origin === ZONE ? PUBLISHED_HOSTS : NO_HOSTS)) {
    if (defect) found.push(defect)
    else yield
    if (found.length >= MAX_FINDINGS) break
  }
  return found
}

interface Told {
  readonly gravity: Gravity
  readonly error: ZoneError
}

/** Looks the records up in the text once more: a zone does not keep the lines, which nobody needs when all is well. */
function* locate(source: MasterFile, zone: Zone, defects: readonly Defect[]): Generator<void, Told[]> {
  if (defects.length === 0) return []
  const keys = new Set(defects.map(({ record }) => keyOf(record ?? zone.soa)))
  const places = new Map<string, ParsedRecord>()
  for (const parsed of parseMasterFile(source, () => {})) {
    yield
    const key = keyOf(parsed.record)
    if (keys.has(key) && !places.has(key)) places.set(key, parsed)
    if (places.size === keys.size) break
  }
  return defects.map(({ gravity, record, reason }) => {
    const place = places.get(keyOf(record ?? zone.soa))
    return { gravity, error: zoneError(place?.source ?? source, place?.line ?? 1, reason) }
  })
}

function keyOf(record: ParsedRecord['record']): string {
  return `${fold(absolute(record.name))} ${record.type} ${printRdata(record)}`
}
