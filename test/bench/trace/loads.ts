/** The load of each protocol: requests per second that one process answers. */
import { fileURLToPath } from 'node:url'
import { runWrk } from '../app/wrk.ts'
import { measureSpeed } from '../dns/dnsperf.ts'
import { sendMessages } from '../smtp/smtp-source.ts'
import { messagesFor } from '../smtp/speed.ts'
import { downloadRepeatedly } from './ftp-load.ts'
import { type BenchProtocol, FILE } from './variants.ts'

export interface Target {
  readonly port: number
  readonly seconds: number
  /** Path of dnsperf's query file. */
  readonly queries: string
}

export interface LoadFigures {
  readonly perSecond: number
  /** All requests of the run. */
  readonly count: number
}

export interface Load {
  /** For the heading of the table. */
  readonly summary: string
  run(target: Target): Promise<LoadFigures>
}

/** Records of the suite's own zone, and a name that does not exist. */
export const QUERIES = ['www.fourwire.test A', 'fourwire.test MX', 'fourwire.test SOA', 'nope.fourwire.test A']

/** Messages of the run from which the bench learns the speed. */
const PROBE_MESSAGES = 200
const SCRIPT = fileURLToPath(new URL('../app/request.lua', import.meta.url))

export const LOADS: Readonly<Record<BenchProtocol, Load>> = {
  http: {
    summary: 'HTTP, a file of 1 KiB (wrk, 16 connections, kept), requests/s',
    run: async ({ port, seconds }) => {
      const load = { method: 'GET', url: `http://127.0.0.1:${port}/${FILE}`, cookie: 'session=secret' } as const
      const { requestsPerSecond } = await runWrk(load, seconds, SCRIPT)
      return { perSecond: requestsPerSecond, count: requestsPerSecond * seconds }
    },
  },
  dns: {
    summary: 'DNS over UDP, A, MX, SOA and a missing name (dnsperf), queries/s',
    run: async ({ port, seconds, queries }) => {
      const { queriesPerSecond, sent, lost } = await measureSpeed({ port, queries, seconds })
      return { perSecond: queriesPerSecond, count: sent - lost }
    },
  },
  smtp: {
    summary: 'SMTP, messages of 2 KiB (smtp-source, 10 sessions, kept), messages/s',
    run: async ({ port, seconds }) => {
      const probe = PROBE_MESSAGES / (await sendMessages(port, 'kept', PROBE_MESSAGES))
      const count = messagesFor(probe, seconds)
      return { perSecond: count / (await sendMessages(port, 'kept', count)), count: count + PROBE_MESSAGES }
    },
  },
  ftp: {
    summary: 'FTP, downloads of a file of 1 KiB (4 sessions), files/s',
    run: async ({ port, seconds }) => {
      const perSecond = await downloadRepeatedly(port, FILE, seconds)
      return { perSecond, count: perSecond * seconds }
    },
  },
}
