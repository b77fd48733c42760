/** Opens one version of a file: to read it whole into memory, or while it is sent. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isSameVersion, type SourceFile } from './source-file.ts'

/** Reads a file; returns undefined if it is no longer in this version. */
export async function readSource(source: SourceFile): Promise<Buffer | undefined> {
  const handle = await openSource(source)
  if (!handle) return undefined
  try {
    const content = await handle.readFile()
    return content.length === source.version.size ? content : undefined
  } finally {
    await handle.close()
  }
}

/**
 * Opens a file; returns undefined if it is no longer in this version. The caller closes it.
 *
 * @throws the system error if the file cannot be opened
 */
export async function openSource({ real, version }: SourceFile): Promise<FileHandle | undefined> {
  // Without O_NONBLOCK, opening a FIFO that has replaced the file would block until something writes to it.
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK)
  let isSame = false
  try {
    isSame = isSameVersion(await handle.stat(), version)
    return isSame ? handle : undefined
  } finally {
    if (!isSame) await handle.close()
  }
}
