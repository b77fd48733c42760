/** Measures the memory of idle sessions. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { ANONYMOUS, type Contestant } from './contestants.ts'
import type { Site } from './site.ts'

export interface IdleFigures {
  readonly atRest: number
  readonly perSession: number
}

/** Sessions that are opened at the same time. */
const OPENED_AT_ONCE = 20

/** Opens sessions that have logged in, and measures the server with and without them, in bytes. */
export async function measureIdle({ start }: Contestant, site: Site, sessions: number): Promise<IdleFigures> {
  const server = await start(site)
  const sockets: Socket[] = []
  try {
    // The first sessions load what a session needs.
    const open = () => Promise.all(Array.from({ length: OPENED_AT_ONCE }, () => openSession(server.port)))
    for (const socket of await open()) socket.destroy()
    const atRest = await server.memory()
    while (sockets.length < sessions) sockets.push(...(await open()))
    const perSession = ((await server.memory()) - atRest) / sockets.length
    const closed = sockets.filter(socket => socket.destroyed || socket.readableEnded).length
    if (closed > 0) throw new Error(`${closed} of ${sockets.length} idle sessions were closed meanwhile`)
    return { atRest, perSession }
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  }
}

async function openSession(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await expectReply(socket, '220')
  socket.write(`USER ${ANONYMOUS.user}\r\n`)
  await expectReply(socket, '331')
  socket.write(`PASS ${ANONYMOUS.password}\r\n`)
  await expectReply(socket, '230')
  return socket.resume()
}

/** Each reply fits into one packet of the loopback interface. */
async function expectReply(socket: Socket, code: string): Promise<void> {
  const [bytes] = await once(socket, 'data')
  if (!String(bytes).startsWith(code)) throw new Error(`expected ${code}, got ${String(bytes).trim()}`)
}
