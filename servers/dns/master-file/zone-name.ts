/** The name of a zone, as its file or an option has it: with or without the final dot. Pure. */

import { parseName, ROOT } from '../../../shared/dns/name.ts'
import { errorText } from '../../../shared/errors.ts'
import { ZoneError } from '../zone/zone-error.ts'

/** @throws ZoneError that names the file */
export function parseZoneName(text: string, file: string): string {
  try {
    return parseName(text, ROOT)
  } catch (error) {
    throw new ZoneError(file, 1, text, `invalid zone name: ${errorText(error)}`, { cause: error })
  }
}
