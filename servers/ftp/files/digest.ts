/** The digest of a part of a file, for HASH. */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/** The names that HASH uses (IANA, "Hash Function Textual Names"). */
export const HASH_ALGORITHMS = ['CRC32', 'SHA-1', 'SHA-256', 'SHA-512'] as const
export type HashAlgorithm = (typeof HASH_ALGORITHMS)[number]

/** One chunk takes about half a millisecond, so that other sessions have their turn between two. */
const CHUNK_BYTES = 256 * 1024

interface Hasher {
  update(bytes: Uint8Array): unknown
  hex(): string
}

function createHasher(algorithm: HashAlgorithm): Hasher {
  if (algorithm === 'CRC32') {
    let value = 0
    return { update: bytes => (value = crc32(bytes, value)), hex: () => value.toString(16).padStart(8, '0') }
  }
  const hash = createHash(algorithm.replace('-', ''))
  return { update: bytes => hash.update(bytes), hex: () => hash.digest('hex') }
}

export interface DigestOptions {
  readonly algorithm: HashAlgorithm
  /** The first byte, and the byte after the last. */
  readonly start: number
  readonly end: number
  readonly signal: AbortSignal
  /** Called with the number of bytes of each chunk. */
  onRead(length: number): void
}

/** Returns the digest in hexadecimal. Stops at the end of the file if that is before `end`. Throws if the signal is aborted. */
export async function digestOf(handle: FileHandle, options: DigestOptions): Promise<string> {
  const { start, end, signal } = options
  const hasher = createHasher(options.algorithm)
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(end - start, 1)))
  for (let position = start; position < end; ) {
    signal.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - position), position)
    if (bytesRead === 0) break
    hasher.update(buffer.subarray(0, bytesRead))
    options.onRead(bytesRead)
    position += bytesRead
  }
  signal.throwIfAborted()
  return hasher.hex()
}
