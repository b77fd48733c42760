/** Compresses files on the thread pool of zlib, a few at once, so that requests for many files do not occupy the processor. */
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { Semaphore } from '../../../shared/async/semaphore.ts'
import { CODINGS, type Coding } from './content-coding.ts'

/** Files that are compressed at once, and files that wait. Each is in memory. */
const BOUNDS = { concurrency: 2, maxQueued: 32 }
/** Compresses text about as fast as gzip, and better. */
const BROTLI_QUALITY = 5

type Compress = (content: Buffer) => Promise<Buffer>

const brotli = promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)
const gzip = promisify<zlib.InputType, Buffer>(zlib.gzip)

const COMPRESS: Readonly<Record<Coding, Compress | undefined>> = {
  br: content => brotli(content, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  zstd: zstdOf(zlib),
  gzip,
}

/** The codings that this version of Node can produce. */
export const SUPPORTED_CODINGS: readonly Coding[] = CODINGS.filter(coding => COMPRESS[coding] !== undefined)

/** Node has zstd since 22.15 and 23.8; the types are those of Node 20. */
function zstdOf(library: object): Compress | undefined {
  if (!('zstdCompress' in library)) return undefined
  return promisify(
    library.zstdCompress as (content: Buffer, done: (error: Error | null, result: Buffer) => void) => void,
  )
}

export class Compressor {
  readonly #semaphore = new Semaphore(BOUNDS)

  /**
   * Compresses what `read` returns. Returns undefined if too many files wait; resolves with undefined if `read` does.
   *
   * @param read called when it is the turn of the file, so that waiting takes no memory
   */
  compress(coding: Coding, read: () => Buffer | Promise<Buffer | undefined>): Promise<Buffer | undefined> | undefined {
    const run = COMPRESS[coding]
    return (
      run &&
      this.#semaphore.run(async () => {
        const content = await read()
        return content && run(content)
      })
    )
  }
}
