/** Waiting for a client that does not listen. */
import type { Writable } from 'node:stream'

/** Resolves when the stream takes more, or is closed; leaves no listener behind. */
export function drained(stream: Writable): Promise<void> {
  return new Promise(resolve => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle)
      resolve()
    }
    stream.on('drain', settle).on('close', settle)
  })
}
