/** Loads a server with one of the programs. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ANONYMOUS, type Contestant } from './contestants.ts'
import type { Site } from './site.ts'
import { FILES, isLargeUpload, SMALL_BYTES, type Workload } from './workloads.ts'

export interface LoadFigures {
  readonly operations: number
  readonly bytes: number
  readonly seconds: number
}

export interface Target {
  readonly site: Site
  readonly contestant: Contestant
  readonly port: number
  readonly seconds: number
}

const run = promisify(execFile)

/** @throws Error that quotes the reply that was not expected */
export async function load(workload: Workload, target: Target): Promise<LoadFigures> {
  if (workload.program === 'curl') return runCurl(workload, target)
  if (workload.program === 'ftplib') return runFtplib(workload, target)
  return runClient(workload, target)
}

/** The figure of the table, in the workload's unit. */
export function perSecond({ unit }: Workload, { operations, bytes, seconds }: LoadFigures): number {
  return unit === 'MB/s' ? bytes / 1e6 / seconds : operations / seconds
}

async function runClient(workload: Workload, { site, contestant, port, seconds }: Target): Promise<LoadFigures> {
  const { action, argument, sessions = 1 } = workload
  const { user, password } = accountFor(action, contestant)
  // A large file is sent once.
  const duration = isLargeUpload(workload) ? 0 : seconds
  const args = [port, user, password, sessions, duration, action, argument].map(String)
  if (action === 'put') args.push(String(isLargeUpload(workload) ? site.bigBytes : SMALL_BYTES))
  if (workload.isDurable && !contestant.isDurable) args.push(site.root)
  return parse((await run(site.client, args)).stdout)
}

/** Uses explicit TLS for both connections; the certificate is not verified. Times begin with the command of the transfer. */
async function runCurl({ action, argument }: Workload, { site, contestant, port }: Target): Promise<LoadFigures> {
  const { user, password } = accountFor(action, contestant)
  const times = '{"from": %{time_pretransfer}, "to": %{time_total}}'
  const source = action === 'put' ? ['-T', path.join(site.root, FILES.big)] : ['-o', '/dev/null']
  const url = `ftp://127.0.0.1:${port}/${argument}`
  const args = [
    '-sS',
    '-k',
    '--ssl-reqd',
    '--ftp-method',
    'nocwd',
    '-u',
    `${user}:${password}`,
    '-w',
    times,
    ...source,
    url,
  ]
  const { from, to } = JSON.parse((await run('curl', args)).stdout) as { from: number; to: number }
  return { operations: 1, bytes: site.bigBytes, seconds: to - from }
}

async function runFtplib({ argument }: Workload, { port, seconds }: Target): Promise<LoadFigures> {
  const program = fileURLToPath(new URL('./ftplib-load.py', import.meta.url))
  return parse((await run('/usr/bin/python3', [program, String(port), String(seconds), argument])).stdout)
}

function parse(output: string): LoadFigures {
  return JSON.parse(output) as LoadFigures
}

function accountFor(action: Workload['action'], { writer }: Contestant) {
  return action === 'put' && writer ? writer : ANONYMOUS
}

/** True if the server accepts AUTH TLS. */
export async function offersTls(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'data')
    socket.write('AUTH TLS\r\n')
    const [reply] = await once(socket, 'data')
    return String(reply).startsWith('234')
  } finally {
    socket.destroy()
  }
}
