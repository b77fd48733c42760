/** Starts processes of Fourwire that share their ports and one PostgreSQL database. */
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readRecords } from '../../../shared/launcher/suite/suite-records.ts'
import { freePort } from '../../helpers/free-port.ts'
import { type RunningServer, startServer } from '../server-process.ts'

export interface ProcessOptions {
  /** Path of a Node that can share ports. */
  readonly node: string
  /** The folder of the built package. */
  readonly dist: string
  /** An empty folder; each process has a data folder of its own in it. */
  readonly folder: string
  /** The URL of the database. */
  readonly store: string
}

export interface Processes {
  readonly ports: { readonly http: number; readonly smtp: number; readonly dns: number }
  /** CPU time of all processes, in seconds. */
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

const RETRY_MS = 50
/** Bytes of a mailbox: more than a bench sends. */
const QUOTA = String(1024 ** 4)

/** Starts the processes one after another; resolves when all of them answer. */
export async function startProcesses(count: number, options: ProcessOptions): Promise<Processes> {
  const ports = { http: await freePort(), smtp: await freePort(), dns: await freePort() }
  const running: RunningServer[] = []
  const stop = async () => {
    await Promise.all(running.map(server => server.stop()))
  }
  try {
    while (running.length < count) running.push(await startProcess(running.length, ports, options))
  } catch (error) {
    await stop()
    throw error
  }
  const cpuSeconds = async () => {
    const each = await Promise.all(running.map(server => server.cpuSeconds()))
    return each.reduce((sum, seconds) => sum + seconds, 0)
  }
  return { ports, cpuSeconds, stop }
}

function startProcess(index: number, ports: Processes['ports'], { node, dist, folder, store }: ProcessOptions) {
  const data = path.join(folder, String(index))
  const flags = ['--quiet', '--reuse-port', '--data', data, '--store', store, '--smtp-mailbox-quota', QUOTA]
  const portFlags = Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)])
  const main = path.join(dist, 'shared/launcher/main.js')
  // Another process may answer on the port, so the record in the data folder shows that this one listens.
  const waitForAnswer = async (_port: number, signal: AbortSignal) => {
    while (!signal.aborted && (await readRecords(data)).alive.length === 0) await delay(RETRY_MS)
  }
  return startServer(node, [main, 'start', ...Object.keys(ports), ...flags, ...portFlags], {
    port: ports.http,
    waitForAnswer,
  })
}
