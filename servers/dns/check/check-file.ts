/** Says of a zone's file what the server would say of it, and more than the first thing. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { runToCompletion } from '../../../shared/async/cooperative.ts'
import { NameError, ROOT } from '../../../shared/dns/name.ts'
import { errorCode, FourwireError, UsageError } from '../../../shared/errors.ts'
import type { ClientContext } from '../../../shared/service.ts'
import { checkZone, type ZoneCheck } from '../master-file/check-zone.ts'
import { includeFrom } from '../master-file/include.ts'
import { type MasterFile, parseMasterFile, parseOrigin } from '../master-file/master-file.ts'
import type { ZoneError } from '../zone/zone-error.ts'
import type { CheckInput } from './command.ts'

const EXTENSION = '.zone'

/** The file has errors, which were told; the message counts them. */
class ZoneRefused extends FourwireError {
  override readonly name = 'ZoneRefused'
  readonly exitCode = 1
}

/**
 * Looks at a zone's file and shows what is wrong with it.
 *
 * @throws UsageError where there is no such file, or nothing tells which zone it is
 * @throws ZoneRefused where the server would not serve it
 */
export async function checkFile({ file, origin }: CheckInput, context: ClientContext): Promise<void> {
  const source = { file, text: await readZoneFile(file), include: includeFrom(path.dirname(file)) }
  const zone = origin === undefined ? originOf(source) : namedOrigin(origin)
  const found = runToCompletion(checkZone({ ...source, origin: zone }, { complete: true }))
  context.show(asJson(zone, file, found), asText(zone, found))
  const { length } = found.errors
  if (length > 0) {
    throw new ZoneRefused(`${file}: ${length === 1 ? 'one error' : `${length} errors`}: the zone would not be served`)
  }
}

async function readZoneFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`${file}: the file cannot be read (${errorCode(cause)})`, { cause })
  }
}

function namedOrigin(text: string): string {
  try {
    return parseOrigin(text)
  } catch (cause) {
    if (!(cause instanceof NameError)) throw cause
    throw new UsageError(`${text} is not the name of a zone: ${cause.message}`, { cause })
  }
}

/** What the server would take for the zone's name, or what the file itself says. */
function originOf(source: Omit<MasterFile, 'origin'>): string {
  const name = path.basename(source.file)
  if (name.endsWith(EXTENSION)) return namedOrigin(name.slice(0, -EXTENSION.length))
  const owner = soaOwner({ ...source, origin: ROOT })
  if (owner !== undefined && owner !== ROOT) return owner
  throw new UsageError(`${source.file}: which zone is it? Say --origin NAME, or call the file NAME${EXTENSION}`)
}

function soaOwner(source: MasterFile): string | undefined {
  for (const { record } of parseMasterFile(source, () => {})) if (record.type === 'SOA') return record.name
  return undefined
}

function asText(origin: string, { zone, errors, warnings }: ZoneCheck): string {
  const problems = [
    ...errors.map(({ message }) => message),
    ...warnings.map(({ file, line, message }) => {
      const place = `${file}:${line}: `
      return `${place}warning: ${message.slice(place.length)}`
    }),
  ]
  const verdict = zone && errors.length === 0 ? [`zone ${origin}: ${describe(zone)}: OK`] : []
  return [...problems, ...verdict].join('\n')
}

type Zone = NonNullable<ZoneCheck['zone']>

function describe(zone: Zone): string {
  const count = countOf(zone)
  return `${count === 1 ? 'one record' : `${count} records`}, serial ${zone.soa.data.serial}`
}

function countOf(zone: Zone): number {
  let count = 0
  for (const _ of zone.records()) count++
  return count
}

function asJson(origin: string, file: string, { zone, errors, warnings }: ZoneCheck): unknown {
  return {
    file,
    zone: origin,
    ok: errors.length === 0,
    serial: zone?.soa.data.serial,
    records: zone && countOf(zone),
    errors: errors.map(placeJson),
    warnings: warnings.map(placeJson),
  }
}

function placeJson({ file, line, text, reason }: ZoneError): unknown {
  return { file, line, text, reason }
}
