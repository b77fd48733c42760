/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012), the keyed hash of DNS cookies (RFC 9018, section 4.4). Node does not have it. A
 * 64-bit word is two halves of 32 bits here, the low half first, because BigInt is much slower. Pure.
 */

/** The state: v0, v1, v2, v3. */
type State = DataView

const WORD_BYTES = 8

/** Returns the hash of a message: 8 bytes. The key has 16 bytes. */
export function siphash24(key: Buffer, message: Buffer): Buffer {
  const k = [0, 4, 8, 12].map(at => key.readInt32LE(at)) as [number, number, number, number]
  // The constants are "somepseudorandomlygeneratedbytes".
  const state = new DataView(new ArrayBuffer(4 * WORD_BYTES))
  set(state, 0, k[0] ^ 0x70736575, k[1] ^ 0x736f6d65)
  set(state, 1, k[2] ^ 0x6e646f6d, k[3] ^ 0x646f7261)
  set(state, 2, k[0] ^ 0x6e657261, k[1] ^ 0x6c796765)
  set(state, 3, k[2] ^ 0x79746573, k[3] ^ 0x74656462)
  const padded = pad(message)
  for (let at = 0; at < padded.length; at += WORD_BYTES) {
    compress(state, padded.readInt32LE(at), padded.readInt32LE(at + 4))
  }
  return finish(state)
}

/** Pads with zeros to whole words; the last byte is the length. */
function pad(message: Buffer): Buffer {
  const padded = Buffer.alloc(message.length + WORD_BYTES - (message.length % WORD_BYTES))
  message.copy(padded)
  padded[padded.length - 1] = message.length & 0xff
  return padded
}

function compress(state: State, low: number, high: number): void {
  xor(state, 3, low, high)
  round(state)
  round(state)
  xor(state, 0, low, high)
}

function finish(state: State): Buffer {
  xor(state, 2, 0xff, 0)
  for (let rounds = 0; rounds < 4; rounds++) round(state)
  for (const word of [1, 2, 3]) xor(state, 0, half(state, word, 0), half(state, word, 1))
  const hash = Buffer.alloc(WORD_BYTES)
  hash.writeInt32LE(half(state, 0, 0))
  hash.writeInt32LE(half(state, 0, 1), 4)
  return hash
}

function round(state: State): void {
  mix(state, 0, 1, 13)
  rotate(state, 0, 32)
  mix(state, 2, 3, 16)
  mix(state, 0, 3, 21)
  mix(state, 2, 1, 17)
  rotate(state, 2, 32)
}

/** Adds word `b` to word `a`, rotates `b`, and mixes the sum into it. */
function mix(state: State, a: number, b: number, bits: number): void {
  const low = (half(state, a, 0) >>> 0) + (half(state, b, 0) >>> 0)
  set(state, a, low, half(state, a, 1) + half(state, b, 1) + (low > 0xffffffff ? 1 : 0))
  rotate(state, b, bits)
  xor(state, b, half(state, a, 0), half(state, a, 1))
}

function rotate(state: State, word: number, bits: number): void {
  const low = half(state, word, 0)
  const high = half(state, word, 1)
  const shift = bits % 32
  const [first, second] = bits < 32 ? [low, high] : [high, low]
  // JavaScript shifts by 32 bits as by 0.
  if (shift === 0) set(state, word, first, second)
  else set(state, word, (first << shift) | (second >>> (32 - shift)), (second << shift) | (first >>> (32 - shift)))
}

function xor(state: State, word: number, low: number, high: number): void {
  set(state, word, half(state, word, 0) ^ low, half(state, word, 1) ^ high)
}

function half(state: State, word: number, index: 0 | 1): number {
  return state.getInt32(word * WORD_BYTES + 4 * index)
}

/** Truncates both halves to 32 bits. */
function set(state: State, word: number, low: number, high: number): void {
  state.setInt32(word * WORD_BYTES, low)
  state.setInt32(word * WORD_BYTES + 4, high)
}
