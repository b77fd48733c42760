/** Finds out which files of a folder this process has open. */
import { readdirSync, readlinkSync } from 'node:fs'
import { errorCode } from '../../shared/errors.ts'

/** Returns the number of descriptors of this process that are open in a folder, or in any folder whose path is too long. */
export function openDescriptorsIn(folder: string): number {
  return readdirSync('/proc/self/fd').filter(descriptor => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder)
    } catch (error) {
      return errorCode(error) === 'ENAMETOOLONG'
    }
  }).length
}
