/** The names of files that are being uploaded. A name tells which process writes the file, so that the next start can remove it. */
import { randomUUID } from 'node:crypto'
import { formatOwner, isAlive, type ProcessId, parseOwner, thisProcess } from './process-id.ts'

/** Clients cannot reach such names. */
const PREFIX = '.fourwire-upload-'
const UUID_CHARACTERS = 36

const OWNER = thisProcess()

/** Returns a new name for a file while it is uploaded to its folder: `.fourwire-upload-OWNER-UUID`. */
export function temporaryFileName(owner: ProcessId | undefined = OWNER): string {
  return `${PREFIX}${owner ? `${formatOwner(owner)}-` : ''}${randomUUID()}`
}

/** Returns true for the name of a file that is being uploaded. */
export function isTemporary(name: string): boolean {
  return name.startsWith(PREFIX)
}

/** Returns true if a part of the path is the name of a file that is being uploaded. */
export function hasTemporaryPart(path: string): boolean {
  return path.includes(PREFIX) && path.split('/').some(isTemporary)
}

/** Returns true if the process that writes the file has ended. False if that cannot be known, because it runs on another machine. */
export async function isAbandoned(name: string): Promise<boolean> {
  const owner = parseOwner(name.slice(PREFIX.length, -UUID_CHARACTERS - 1))
  if (!owner || !OWNER || owner.machine !== OWNER.machine) return false
  return !(await isAlive(owner))
}
