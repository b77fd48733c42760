/** The memory of idle connections, and the latency of other clients meanwhile. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { LoadFigures } from '../app/wrk.ts'
import type { Contestant, Site } from './contestants.ts'
import { load } from './load.ts'
import { WORKLOADS } from './workloads.ts'

export interface IdleFigures {
  readonly connections: number
  readonly bytesEach: number
  readonly alone: LoadFigures
  readonly meanwhile: LoadFigures
}

const BATCH = 100

/** Opens connections that have sent one request each, and measures the server beside them. */
export async function measureIdle(
  contestant: Contestant,
  site: Site,
  connections: number,
  seconds: number,
): Promise<IdleFigures> {
  const workload = WORKLOADS['1 KiB']
  const { server, base } = await contestant.start(site, workload)
  const sockets: Socket[] = []
  try {
    const measure = () => load(contestant.name, base, workload, seconds)
    await measure()
    const alone = await measure()
    const before = await server.memory()
    while (sockets.length < connections) {
      sockets.push(...(await Promise.all(Array.from({ length: BATCH }, () => openIdle(server.port)))))
    }
    // The server closes connections that are idle for some seconds.
    await Promise.all(sockets.map(useAgain))
    const bytesEach = ((await server.memory()) - before) / connections
    const meanwhile = await measure()
    const closed = sockets.filter(socket => socket.destroyed || socket.readableEnded).length
    if (closed > 0) throw new Error(`${closed} of ${connections} idle connections were closed meanwhile`)
    return { connections, bytesEach, alone, meanwhile }
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  }
}

const REQUEST = 'HEAD /1k.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'

async function openIdle(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  await useAgain(socket)
  return socket
}

/** @throws the error of the socket */
async function useAgain(socket: Socket): Promise<void> {
  socket.write(REQUEST)
  await once(socket, 'data')
  socket.resume()
}
