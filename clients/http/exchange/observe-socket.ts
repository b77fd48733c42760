/** Observes a socket of the client: when its steps end, and the version in the first bytes of a response. */

import type { Socket } from 'node:net'
import { monotonicTime } from './monotonic-time.ts'
import type { Marks } from './timings.ts'

/** The protocol of a response. */
export type HttpVersion = '1.0' | '1.1' | '2'

/** The exchange on a connection. */
export interface Observation {
  /** The times of the current exchange. */
  marks: Marks
  /** The version of the first response; undefined before its first bytes. */
  version: HttpVersion | undefined
}

/** The length of `HTTP/1.1`. */
const VERSION_LENGTH = 8

/** Starts to observe; call it before the socket connects. */
export function observeSocket(socket: Socket, observation: Observation): void {
  // Emitted for names only.
  socket.on('lookup', () => {
    observation.marks.resolved = monotonicTime()
  })
  socket.once('connect', () => {
    observation.marks.connected = monotonicTime()
  })
  socket.once('secureConnect', () => {
    observation.marks.secured = monotonicTime()
  })
  let beginning = ''
  const { push } = socket
  // HTTP/2 reads from the handle and never calls `push`. The trace wraps this function, so it stays.
  socket.push = (chunk, encoding) => {
    if (chunk !== null) {
      observation.marks.firstByte ??= monotonicTime()
      if (beginning.length < VERSION_LENGTH) {
        beginning += Buffer.from(chunk).toString('latin1', 0, VERSION_LENGTH - beginning.length)
        observation.version = beginning === 'HTTP/1.0' ? '1.0' : '1.1'
      }
    }
    return push.call(socket, chunk, encoding)
  }
}
