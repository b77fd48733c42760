/** One system of several machines, on one machine: PostgreSQL, three processes, and HAProxy in front of them. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { TestContext } from 'vitest'
import { Store } from '../../shared/store/store.ts'
import { type Cleanup, emptyFolder, runFourwire, type StartedCli, startFourwire } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { createDatabase, type PostgresServer, startPostgresServer } from '../helpers/postgres.ts'
import { isInstalled, requireTool } from '../interop/tools.ts'
import { BALANCER, type Ports, startHaproxy } from './haproxy.ts'

const PROCESSES = 3
const TOOLS = ['haproxy', 'initdb', 'nsd', 'dig'] as const
export const ACCOUNT = { name: 'ann', password: 'secret' }

/** One `fourwire start`, which can be started again on the same ports. */
export interface ScaledProcess {
  readonly ports: Ports & { readonly dns: number }
  /** `http://127.0.0.1:PORT/`, without HAProxy. */
  readonly url: string
  kill(signal: NodeJS.Signals): Promise<void>
  start(): Promise<void>
}

export interface SystemOptions {
  /** Further arguments of `fourwire start`. */
  readonly args?: readonly string[]
  /** The zones of each process, by name. */
  readonly zones?: Readonly<Record<string, string>>
}

export interface System {
  readonly postgres: PostgresServer
  /** The URL of the database. */
  readonly store: string
  readonly processes: readonly [ScaledProcess, ScaledProcess, ScaledProcess]
  /** The ports of HAProxy. */
  readonly balancer: Ports
}

/** Skips the test if a program is missing. */
export function requireTools(context: TestContext): void {
  for (const tool of TOOLS) requireTool(tool, context)
}

export function hasTools(): boolean {
  return TOOLS.every(isInstalled)
}

/** Starts the system, with an account. */
export async function startSystem(cleanup: Cleanup, options: SystemOptions = {}): Promise<System> {
  const postgres = await startPostgresServer(cleanup)
  const store = await createDatabase(postgres.url)
  const shared = path.join(await emptyFolder(cleanup), 'www')
  await mkdir(shared)
  const { code, stderr } = await runFourwire(
    ['user', 'add', ACCOUNT.name, '--password', ACCOUNT.password, '--store', store],
    { cwd: shared, cleanup },
  )
  if (code !== 0) throw new Error(`cannot add the account: ${stderr}`)
  const args = ['--store', store, '--proxy-from', BALANCER, ...(options.args ?? [])]
  const [one, two, three] = await Promise.all(
    Array.from({ length: PROCESSES }, () => createProcess(shared, { ...options, args }, cleanup)),
  )
  if (!one || !two || !three) throw new Error('a process is missing')
  const processes = [one, two, three] as const
  await Promise.all(processes.map(process => process.start()))
  const balancer = await startHaproxy(
    processes.map(({ ports }) => ports),
    cleanup,
  )
  return { postgres, store, processes, balancer }
}

/** Prepares a process with a data folder of its own, and the shared folder of files in it. */
async function createProcess(
  shared: string,
  { args = [], zones = {} }: SystemOptions,
  cleanup: Cleanup,
): Promise<ScaledProcess> {
  const cwd = await emptyFolder(cleanup)
  const data = path.join(cwd, 'fourwire-data')
  await mkdir(path.join(data, 'zones'), { recursive: true })
  for (const [name, text] of Object.entries(zones)) await writeFile(path.join(data, 'zones', `${name}.zone`), text)
  await symlink(shared, path.join(data, 'www'))
  const ports = { http: await freePort(), smtp: await freePort(), ftp: await freePort(), dns: await freePort() }
  const flags = Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)])
  let started: StartedCli | undefined
  return {
    ports,
    url: `http://127.0.0.1:${ports.http}/`,
    kill: async signal => void (await started?.stop(signal)),
    start: async () => {
      const passive = ['--ftp-passive-ports', '0']
      started = await startFourwire([...Object.keys(ports), '--quiet', ...flags, ...passive, ...args], { cwd, cleanup })
    },
  }
}

/** Opens the store of the system in this process, to look at all that it has. */
export async function openStoreOf({ store }: System, cleanup: Cleanup) {
  const opened = new Store({ kind: 'postgres', url: store })
  cleanup(() => opened.close())
  return opened.open()
}
