import type { Writable } from 'node:stream'

/** Resolves when the stream accepts more data or is closed. Removes its listeners. */
export function waitForDrain(stream: Writable): Promise<void> {
  return new Promise(resolve => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle)
      resolve()
    }
    stream.on('drain', settle).on('close', settle)
  })
}
