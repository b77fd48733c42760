/** The servers of the bench, each in a process of its own. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../helpers/free-port.ts'
import { findTool } from '../../interop/tools.ts'
import { type RunningServer, startServer } from '../server-process.ts'
import { waitForConnection } from '../trace/wait-for-connection.ts'
import type { Site } from './site.ts'
import { MAX_SESSIONS, type Workload, type WorkloadName } from './workloads.ts'

export interface Account {
  readonly user: string
  readonly password: string
}

export interface Contestant {
  readonly name: string
  /** The workloads that it cannot serve, with the reason. */
  readonly cannot?: Partial<Record<WorkloadName, string>>
  /** The account that may write; default: anonymous. */
  readonly writer?: Account
  /** True if it calls fsync before it replies 226 to a durable workload. */
  readonly isDurable?: true
  /** Starts it for a workload; rejects if it is not installed. */
  start(site: Site, workload?: Workload): Promise<RunningServer>
}

export const ANONYMOUS: Account = { user: 'anonymous', password: 'bench@client.example' }
/** A demonstration account. */
const ALICE: Account = { user: 'alice', password: 'wonderland' }

export const OURS = 'fourwire'
export const TRACED = 'fourwire, traced'
export const FLOOR = 'net double buffer'
export const VSFTPD = 'vsftpd'
export const PYFTPDLIB = 'pyftpdlib'
export const STOCK = 'ftp-srv'

const script = (file: URL) => ['--import', 'tsx', fileURLToPath(file)]
const NO_MLSD = { MLSD: 'it has no MLSD' } as const
/** It resets curl's data connection during the handshake. */
const NO_TLS_WITH_CURL = { 'RETR TLS': 'its TLS fails with curl', 'STOR TLS': 'its TLS fails with curl' } as const

/** @param dist the folder of the built package */
export function contestants(dist: string): Contestant[] {
  const fourwire = (...more: string[]): Omit<Contestant, 'name'> => ({
    writer: ALICE,
    isDurable: true,
    start: ({ data }) =>
      startProgram(process.execPath, port => [
        ...script(new URL('./fourwire-server.ts', import.meta.url)),
        path.resolve(dist),
        port,
        data,
        ...more,
      ]),
  })
  return [
    { name: OURS, ...fourwire() },
    { name: TRACED, ...fourwire('traced') },
    { name: FLOOR, isDurable: true, start: startFloor },
    { name: VSFTPD, cannot: NO_MLSD, start: startVsftpd },
    { name: PYFTPDLIB, cannot: NO_TLS_WITH_CURL, start: startPyftpdlib },
    { name: STOCK, cannot: NO_MLSD, start: startStock },
  ]
}

function startFloor({ root, certificate, key, listing }: Site, workload?: Workload): Promise<RunningServer> {
  const more = workload?.isDurable ? ['fsync'] : []
  const args = [root, certificate, key, listing, ...more]
  return startProgram(process.execPath, port => [
    ...script(new URL('./floor-server.ts', import.meta.url)),
    port,
    ...args,
  ])
}

function startStock({ root, certificate, key }: Site): Promise<RunningServer> {
  return startProgram(process.execPath, port => [
    ...script(new URL('./stock-server.ts', import.meta.url)),
    port,
    root,
    certificate,
    key,
  ])
}

function startPyftpdlib({ root, certificate, key }: Site): Promise<RunningServer> {
  const server = fileURLToPath(new URL('./pyftpdlib-server.py', import.meta.url))
  // The Python of Debian, which has Debian's pyftpdlib.
  return startProgram('/usr/bin/python3', port => [server, port, root, certificate, key, String(MAX_SESSIONS)])
}

/** One process or two for each session, without logs and limits. */
async function startVsftpd({ root, scratch, certificate, key }: Site): Promise<RunningServer> {
  const program = findTool('vsftpd')
  if (!program) throw new Error('vsftpd is not installed: npm run tools')
  const empty = path.join(scratch, 'empty')
  await mkdir(empty, { recursive: true })
  const file = path.join(scratch, 'vsftpd.conf')
  const settings = (port: string): Record<string, string> => ({
    background: 'NO',
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    secure_chroot_dir: empty,
    anonymous_enable: 'YES',
    anon_root: root,
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_umask: '022',
    xferlog_enable: 'NO',
    max_clients: '0',
    max_per_ip: '0',
    idle_session_timeout: '3600',
    ssl_enable: 'YES',
    allow_anon_ssl: 'YES',
    ssl_ciphers: 'HIGH',
    require_ssl_reuse: 'NO',
    rsa_cert_file: certificate,
    rsa_private_key_file: key,
  })
  const port = String(await freePort())
  const lines = Object.entries(settings(port)).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(file, lines.join(''))
  return startProgram(program, () => [file], port)
}

async function startProgram(program: string, argsFor: (port: string) => readonly string[], given?: string) {
  const port = given ?? String(await freePort())
  return startServer(program, argsFor(port), { port: Number(port), waitForAnswer: waitForConnection })
}
