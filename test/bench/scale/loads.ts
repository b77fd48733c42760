/**
 * The loads of `npm run bench:scale`. The system chooses a process by the client's port, so each load has many connections or
 * sockets, which spread evenly.
 */
import { fileURLToPath } from 'node:url'
import { runWrk } from '../app/wrk.ts'
import { measureSpeed } from '../dns/dnsperf.ts'
import { sendMessages } from '../smtp/smtp-source.ts'
import { messagesFor } from '../smtp/speed.ts'
import type { Processes } from './processes.ts'

export interface LoadSettings {
  readonly seconds: number
  /** Path of dnsperf's query file. */
  readonly queries: string
}

/** Puts a load on the processes; resolves with requests, messages or queries per second. */
type Load = (ports: Processes['ports'], settings: LoadSettings) => Promise<number>

const CONNECTIONS = 64
/** Messages of the run from which the bench learns the speed. */
const PROBE_MESSAGES = 200
const SCRIPT = fileURLToPath(new URL('../app/request.lua', import.meta.url))

export const LOADS: Readonly<Record<string, Load>> = {
  'HTTP, a small file (wrk, 64 connections), requests/s': async ({ http }, { seconds }) => {
    const load = { method: 'GET', url: `http://127.0.0.1:${http}/files/hello.txt`, cookie: '' } as const
    return (await runWrk({ ...load, connections: CONNECTIONS }, seconds, SCRIPT)).requestsPerSecond
  },
  'SMTP, durable in PostgreSQL (smtp-source, a connection per message), messages/s': async ({ smtp }, { seconds }) => {
    const probe = PROBE_MESSAGES / (await sendMessages(smtp, 'new', PROBE_MESSAGES))
    const count = messagesFor(probe, seconds)
    return count / (await sendMessages(smtp, 'new', count))
  },
  'DNS over UDP (dnsperf, 64 sockets), queries/s': async ({ dns }, { seconds, queries }) => {
    const { queriesPerSecond, rcodes } = await measureSpeed({ port: dns, queries, seconds, sockets: CONNECTIONS })
    if (Object.keys(rcodes).join() !== 'NOERROR') throw new Error(`unexpected responses: ${JSON.stringify(rcodes)}`)
    return queriesPerSecond
  },
}
