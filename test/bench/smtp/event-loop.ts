/**
 * Measures how long mail stops the event loop: latencies of the suite's DNS server, from another process, while mail pours
 * in and without mail.
 */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freePort } from '../../helpers/free-port.ts'
import { measureLatencies } from '../dns/dnsperf.ts'
import { percentile } from '../dns/dnsperf-output.ts'
import { type RunningServer, startServer } from '../server-process.ts'
import { sendMessages } from './smtp-source.ts'
import { waitForGreeting } from './wait-for-greeting.ts'

export interface Latencies {
  /** Milliseconds. */
  readonly p99: number
  readonly longest: number
}

export interface EventLoopFigures {
  readonly alone: Latencies
  readonly withMail: Latencies
}

/** Messages of one run of smtp-source; it is started again until the latencies are measured. */
const BATCH = 5000

/** @param folder an empty folder for the data and the query file */
export async function measureEventLoop(dist: string, folder: string, seconds: number): Promise<EventLoopFigures> {
  const [smtpPort, dnsPort] = [await freePort(), await freePort()]
  const queries = path.join(folder, 'queries')
  await writeFile(queries, 'mail.fourwire.test A\nfourwire.test MX\n')
  const main = path.join(dist, 'shared/launcher/main.js')
  const ports = ['--smtp-port', String(smtpPort), '--dns-port', String(dnsPort)]
  const args = [main, 'start', 'smtp', 'dns', '--quiet', '--data', path.join(folder, 'data'), ...ports]
  const server = await startServer(process.execPath, args, { port: smtpPort, waitForAnswer: waitForGreeting })
  try {
    const measure = async () => summarize(await measureLatencies({ port: dnsPort, queries, seconds }))
    return { alone: await measure(), withMail: await whileMailArrives(server, measure) }
  } finally {
    await server.stop()
  }
}

async function whileMailArrives<Result>({ port }: RunningServer, measure: () => Promise<Result>): Promise<Result> {
  const stop = new AbortController()
  await sendMessages(port, 'kept', BATCH)
  const sending = (async () => {
    while (!stop.signal.aborted) await sendMessages(port, 'kept', BATCH, stop.signal)
  })()
  const failed = sending.then(() => new Promise<never>(() => {}))
  try {
    return await Promise.race([measure(), failed])
  } finally {
    stop.abort()
    await sending.catch(() => {})
  }
}

function summarize(seconds: readonly number[]): Latencies {
  return { p99: percentile(seconds, 0.99) * 1000, longest: percentile(seconds, 1) * 1000 }
}
