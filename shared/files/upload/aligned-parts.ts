/** Memory for direct writes, which the system accepts only from the beginning of a page. Pure. */

/** Larger parts are not faster. */
const PART_BYTES = 1024 * 1024
/** Writers that have parts at the same time: together they hold 30 MiB. */
const MAX_WRITERS = 10

/** The parts of one writer: one is filled while the others are written. */
export type Parts = readonly [Buffer, Buffer, Buffer]

export class AlignedParts {
  readonly #free: Parts[] = []
  #created = 0

  /** Returns undefined if all parts are in use. */
  take(): Parts | undefined {
    const free = this.#free.pop()
    if (free || this.#created >= MAX_WRITERS) return free
    this.#created += 1
    return [createPart(), createPart(), createPart()]
  }

  /** Takes parts back that no write uses any more. */
  give(parts: Parts): void {
    this.#free.push(parts)
  }
}

/** V8 reserves whole pages for a buffer that can grow; others begin after the header of the allocator. */
function createPart(): Buffer {
  return Buffer.from(new ArrayBuffer(PART_BYTES, { maxByteLength: PART_BYTES }))
}
