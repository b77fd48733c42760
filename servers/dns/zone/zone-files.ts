/** The zones of a data folder: every file `NAME.zone` in it is the zone NAME. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { NameError } from '../../../shared/dns/name.ts'
import { errorCode } from '../../../shared/errors.ts'
import { parseOrigin } from './master-file.ts'
import { SAMPLE_ZONE, SAMPLE_ZONE_FILE } from './sample-zone.ts'
import { readZone, type Zone } from './zone.ts'
import { ZoneError } from './zone-error.ts'

const EXTENSION = '.zone'

/**
 * Reads all zones of a folder. A folder that does not exist is made, with a sample in it.
 *
 * @throws ZoneError for the first thing wrong with any of them
 */
export async function readZoneFiles(folder: string): Promise<Zone[]> {
  const files = (await namesIn(folder)).filter(name => name.endsWith(EXTENSION)).sort()
  return Promise.all(
    files.map(async file => {
      const text = await readFile(path.join(folder, file), 'utf8')
      return zoneFromText(file.slice(0, -EXTENSION.length), text, path.join(folder, file))
    }),
  )
}

/**
 * Reads one zone from its text.
 *
 * @throws ZoneError for the first thing wrong with it, or with the name
 */
export function zoneFromText(origin: string, text: string, file = `zone ${origin}`): Zone {
  try {
    return readZone({ origin: parseOrigin(origin), text, file })
  } catch (error) {
    if (error instanceof NameError) throw new ZoneError(file, 1, origin, `the zone's name is none: ${error.message}`)
    throw error
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, SAMPLE_ZONE_FILE), SAMPLE_ZONE)
    return [SAMPLE_ZONE_FILE]
  }
}
