/**
 * Ports for what cannot be given port 0: a server that has to be named before it is there, or a port where nobody is. They
 * lie below those that the system gives out by itself (32768 and up on Linux), so that no socket of another test gets one.
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

const LOWEST = 12_000
const HIGHEST = 32_000

/** A port that nobody has on 127.0.0.1, by TCP nor UDP. */
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
