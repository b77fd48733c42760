import type { FileHandle } from 'node:fs/promises'

/**
 * Writes all chunks at a position of the file. The system may write less than it is given, and `FileHandle.writev` then stops.
 * Returns the number of bytes.
 */
export async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[], position: number): Promise<number> {
  let rest = chunks.filter(({ length }) => length > 0)
  let written = 0
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, position + written)
    written += bytesWritten
    rest = withoutFirstBytes(rest, bytesWritten)
  }
  return written
}

/** Returns the chunks after the first bytes of them all. */
function withoutFirstBytes(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skipped = 0
  return chunks.flatMap(chunk => {
    const start = Math.min(chunk.length, bytes - skipped)
    skipped += start
    return start < chunk.length ? [chunk.subarray(start)] : []
  })
}
