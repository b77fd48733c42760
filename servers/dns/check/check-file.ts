/** Checks a zone file as the server does, and shows all errors and warnings. */
import path from 'node:path'
import { runToCompletion } from '../../../shared/async/cooperative.ts'
import { NameError, parseName, ROOT } from '../../../shared/dns/name.ts'
import { errorCode, FourwireError, UsageError } from '../../../shared/errors.ts'
import type { ClientContext } from '../../../shared/service.ts'
import { checkZone, type ZoneCheck } from '../master-file/check-zone.ts'
import { includeFromFolder } from '../master-file/include.ts'
import { type MasterFile, parseMasterFile } from '../master-file/master-file.ts'
import type { Zone } from '../zone/zone.ts'
import { ZoneError } from '../zone/zone-error.ts'
import { readInput } from './read-input.ts'

const EXTENSION = '.zone'

export interface CheckInput {
  readonly file: string
  readonly origin?: string | undefined
}

/** The zone has errors. They are already shown, so the message only counts them. */
class InvalidZoneError extends FourwireError {
  override readonly name = 'InvalidZoneError'
  readonly exitCode = 1
}

/**
 * Checks a zone file and shows the result.
 *
 * @throws UsageError if the file is neither a regular file nor a pipe, is too long or cannot be read, or if the zone's name is unknown
 * @throws InvalidZoneError if the server would not serve the zone
 */
export async function checkFile({ file, origin }: CheckInput, context: ClientContext): Promise<void> {
  const source = { file, text: await readText(file, context), include: includeFromFolder(path.dirname(file)) }
  const zone = origin === undefined ? findOrigin(source) : parseZoneName(origin)
  const result = runToCompletion(checkZone({ ...source, origin: zone }, { complete: true }))
  context.show(toJson(zone, file, result), toText(zone, result))
  const { length } = result.errors
  if (length > 0) {
    throw new InvalidZoneError(
      `${file}: ${length === 1 ? 'one error' : `${length} errors`}: the zone would not be served`,
    )
  }
}

async function readText(file: string, context: ClientContext): Promise<string> {
  try {
    return (await readInput(file, context)).toString('utf8')
  } catch (cause) {
    context.signal.throwIfAborted()
    const reason = cause instanceof ZoneError ? cause.reason : `cannot read the file (${errorCode(cause)})`
    throw new UsageError(`${file}: ${reason}`, { cause })
  }
}

function parseZoneName(text: string): string {
  try {
    return parseName(text, ROOT)
  } catch (cause) {
    if (!(cause instanceof NameError)) throw cause
    throw new UsageError(`${text} is not a valid zone name: ${cause.message}`, { cause })
  }
}

/** Returns the zone's name from the file name, as the server does, or else the owner of the SOA record. */
function findOrigin(source: Omit<MasterFile, 'origin'>): string {
  const name = path.basename(source.file)
  if (name.endsWith(EXTENSION)) return parseZoneName(name.slice(0, -EXTENSION.length))
  const owner = findSoaOwner({ ...source, origin: ROOT })
  if (owner !== undefined && owner !== ROOT) return owner
  throw new UsageError(
    `${source.file}: the zone's name is unknown. Give it with --origin NAME, or name the file NAME${EXTENSION}`,
  )
}

function findSoaOwner(source: MasterFile): string | undefined {
  for (const { record } of parseMasterFile(source, () => {})) if (record.type === 'SOA') return record.name
  return undefined
}

function toText(origin: string, { zone, errors, warnings }: ZoneCheck): string {
  const lines = [
    ...errors.map(({ message }) => message),
    ...warnings.map(({ file, line, message }) => {
      const location = `${file}:${line}: `
      return `${location}warning: ${message.slice(location.length)}`
    }),
  ]
  if (zone && errors.length === 0) lines.push(`zone ${origin}: ${describeZone(zone)}: OK`)
  return lines.join('\n')
}

function describeZone(zone: Zone): string {
  const count = countRecords(zone)
  return `${count === 1 ? 'one record' : `${count} records`}, serial ${zone.soa.data.serial}`
}

function countRecords(zone: Zone): number {
  let count = 0
  for (const _ of zone.records()) count++
  return count
}

function toJson(origin: string, file: string, { zone, errors, warnings }: ZoneCheck): unknown {
  return {
    file,
    zone: origin,
    ok: errors.length === 0,
    serial: zone?.soa.data.serial,
    records: zone && countRecords(zone),
    errors: errors.map(errorToJson),
    warnings: warnings.map(errorToJson),
  }
}

function errorToJson({ file, line, text, reason }: ZoneError): unknown {
  return { file, line, text, reason }
}
