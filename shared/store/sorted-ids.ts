/** Ids that sort in the order in which they were made: UUID version 7 (RFC 9562, section 5.7). */
import { randomFillSync } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'

/** Random bytes of one id. */
const ID_BYTES = 16
/** Ids whose random bytes are drawn at once: one draw takes longer than the rest of an id. */
const DRAWN_AT_ONCE = 256
/** The sequence number starts in the lower half of its 32 bits, so that it does not overflow within a millisecond. */
const MAX_FIRST_SEQUENCE = 0x7fff_ffff

export class SortedIds {
  readonly #random = new Uint8Array(ID_BYTES * DRAWN_AT_ONCE)
  #position = this.#random.length
  #milliseconds = 0
  #sequence = 0

  /** Returns a new id, greater than those before, also when the clock goes back. */
  next(): string {
    if (this.#position === this.#random.length) {
      randomFillSync(this.#random)
      this.#position = 0
    }
    const random = this.#random.subarray(this.#position, this.#position + ID_BYTES)
    this.#position += ID_BYTES
    this.#advance(random)
    return uuidv7({ msecs: this.#milliseconds, seq: this.#sequence, random })
  }

  #advance(random: Uint8Array): void {
    const now = Date.now()
    if (now > this.#milliseconds) {
      this.#milliseconds = now
      this.#sequence = new DataView(random.buffer, random.byteOffset).getUint32(0) & MAX_FIRST_SEQUENCE
    } else {
      this.#sequence += 1
    }
  }
}
