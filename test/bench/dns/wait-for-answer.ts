/** Waits until a DNS server answers queries. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

/** The time a server has to load its zones. */
const MAX_LOAD_MS = 60_000
/** The interval of probes while a server loads. */
const PROBE_MS = 25
/** A query for the SOA of the root; any response will do. */
const PROBE = Buffer.from('0001000000010000000000000000060001', 'hex')

export async function waitForAnswer(port: number, signal: AbortSignal): Promise<void> {
  const socket = createSocket('udp4')
  // Ignores ECONNREFUSED while the server is not listening yet.
  socket.on('error', () => {})
  const answered = once(socket, 'message')
  const deadline = performance.now() + MAX_LOAD_MS
  try {
    while (!signal.aborted && performance.now() < deadline) {
      socket.send(PROBE, port, '127.0.0.1')
      if (await Promise.race([answered, pause(PROBE_MS)])) return
    }
  } finally {
    socket.close()
  }
  throw new Error(`no answer within ${MAX_LOAD_MS / 1000} seconds`)
}
