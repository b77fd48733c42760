/**
 * The process that measures how long a server's event loop stops: it sends a DNS query, waits for the response, and sends the
 * next one. Arguments: the port of the DNS server, and the id of its process. `Prober` starts this program.
 *
 * A busy machine also delays processes that are ready to run. Linux counts that time for each thread, so that the time which
 * the server's main thread and this one waited for a core is subtracted from a latency.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, openSync, readSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { encode } from 'dns-packet'
import { type Stop, stopOf } from './stop.ts'

/** Milliseconds between a response and the next query. */
const INTERVAL_MS = 1
/** A server that does not answer for this long has stopped. */
const MAX_WAIT_MS = 20_000

const [port, pid] = process.argv.slice(2).map(Number)
const QUERY = encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'mail.fourwire.test' }] })

/** Reads the milliseconds that the main thread of a process has waited for a core; 0 if the system does not count them. */
class CoreWait {
  readonly #file: number | undefined
  readonly #buffer = Buffer.alloc(100)

  constructor(process: string) {
    try {
      this.#file = openSync(`/proc/${process}/schedstat`, 'r')
    } catch {
      this.#file = undefined
    }
  }

  now(): number {
    if (this.#file === undefined) return 0
    const length = readSync(this.#file, this.#buffer, 0, this.#buffer.length, 0)
    // proc(5): time on a core, time ready but not on a core, both in nanoseconds.
    return Number(this.#buffer.toString('latin1', 0, length).split(' ')[1] ?? 0) / 1e6
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
  }
}

const server = new CoreWait(`${pid}/task/${pid}`)
const own = new CoreWait('self')
const socket = createSocket('udp4')
let longest: Stop | undefined

async function probe(): Promise<void> {
  const [startedAt, serverBefore, ownBefore] = [performance.now(), server.now(), own.now()]
  const response = once(socket, 'message', { signal: AbortSignal.timeout(MAX_WAIT_MS) })
  socket.send(QUERY)
  await response.catch(() => undefined)
  const latency = performance.now() - startedAt
  const stop = stopOf(latency, server.now() - serverBefore + own.now() - ownBefore)
  if (longest === undefined || stop.duration > longest.duration) longest = stop
}

let measuring = false
let probing = Promise.resolve()

async function probeUntilStopped(): Promise<void> {
  do {
    await probe()
    if (measuring) await pause(INTERVAL_MS)
  } while (measuring)
}

process.on('message', (command: 'start' | 'stop') => {
  measuring = command === 'start'
  if (measuring) {
    longest = undefined
    probing = probeUntilStopped()
    process.send?.('started')
  } else {
    void probing.then(() => process.send?.(longest))
  }
})
process.once('disconnect', () => {
  measuring = false
  socket.close()
  server.close()
  own.close()
})

socket.connect(port ?? 0, '127.0.0.1')
await once(socket, 'connect')
// The first query loads what the server loads once.
await probe()
process.send?.('ready')
