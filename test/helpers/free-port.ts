/**
 * Finds ports for tests that cannot use port 0, because they must know the port before a server binds it, or need a port
 * on which nothing listens. The ports are below the system's ephemeral range (32768 and up on Linux), so no socket of
 * another test gets one.
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

const LOWEST = 12_000
const HIGHEST = 32_000

/** Returns a port that is free on 127.0.0.1 for both TCP and UDP. */
export async function freePort(): Promise<number> {
  const port = randomInt(LOWEST, HIGHEST)
  return (await isFree(port)) ? port : freePort()
}

async function isFree(port: number): Promise<boolean> {
  const tcp = createServer()
  const udp = createSocket('udp4')
  try {
    tcp.listen(port, '127.0.0.1')
    await once(tcp, 'listening')
    udp.bind(port, '127.0.0.1')
    await once(udp, 'listening')
    return true
  } catch {
    return false
  } finally {
    udp.close()
    if (tcp.listening) await new Promise(resolve => tcp.close(resolve))
  }
}
