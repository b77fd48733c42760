/**
 * Bytes that can move to another thread without a copy, which takes milliseconds for a large message. Pure.
 */

/** Bytes from which on a move is faster than a copy. */
const MIN_BYTES = 64 * 1024

/** Returns the memory of the arrays that share it with no other array, for the transfer list of `postMessage`. */
export function ownedBuffers(arrays: readonly unknown[]): ArrayBuffer[] {
  return arrays.flatMap(array => {
    if (!(array instanceof Uint8Array) || array.byteLength < MIN_BYTES) return []
    const { buffer, byteLength } = array
    return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
  })
}
