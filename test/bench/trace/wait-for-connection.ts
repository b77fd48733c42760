/** Waits until a server accepts TCP connections. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** The time a server has to start. */
const MAX_START_MS = 30_000
/** The interval of attempts while a server starts. */
const PROBE_MS = 25

/** Rejects if the server does not accept a connection in time. */
export async function waitForConnection(port: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + MAX_START_MS
  while (!signal.aborted && performance.now() < deadline) {
    if (await accepts(port)) return
    await pause(PROBE_MS)
  }
  throw new Error(`no connection within ${MAX_START_MS / 1000} seconds`)
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
