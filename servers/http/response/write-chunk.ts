/** Writes a chunk of a streamed body, and waits until the system has it: its buffer may then be used again. */
import type { Writable } from 'node:stream'

/**
 * Writes a chunk.
 *
 * @param isChunked true to write it in the chunked transfer coding (RFC 9112, section 7.1)
 * @throws the error of the stream, also if it was destroyed
 */
export function writeChunk(stream: Writable, bytes: Uint8Array, isChunked = false): Promise<void> {
  return new Promise((resolve, reject) => {
    const onWritten = (error: Error | null | undefined) => (error ? reject(error) : resolve())
    if (!isChunked) return void stream.write(bytes, onWritten)
    stream.cork()
    stream.write(`${bytes.length.toString(16)}\r\n`, 'latin1')
    stream.write(bytes)
    stream.write('\r\n', 'latin1', onWritten)
    stream.uncork()
  })
}
