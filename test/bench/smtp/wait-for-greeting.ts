/** Waits until an SMTP server greets. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** The time a server has to start. */
const MAX_START_MS = 30_000
/** The interval of attempts while a server starts. */
const PROBE_MS = 25

/** Rejects if the server does not greet in time. */
export async function waitForGreeting(port: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + MAX_START_MS
  while (!signal.aborted && performance.now() < deadline) {
    if (await greets(port)) return
    await pause(PROBE_MS)
  }
  throw new Error(`no greeting within ${MAX_START_MS / 1000} seconds`)
}

async function greets(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    const [bytes] = await once(socket, 'data')
    return String(bytes).startsWith('220')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
