import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../errors.ts'

/**
 * Creates a folder and its missing parents; resolves with false if it exists already. Unlike `mkdir` with `recursive`, it
 * rejects at once if the file system refuses the folder although the parent exists: Node retries that forever in `/proc`.
 */
export async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && (await isFolder(folder))) return false
    const parent = path.dirname(folder)
    if (errorCode(error) !== 'ENOENT' || parent === folder) throw error
    await makeFolder(parent)
    await mkdir(folder)
    return true
  }
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory()
  } catch {
    return false
  }
}
