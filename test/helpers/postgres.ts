/** A real PostgreSQL server on a socket of the loopback interface, with a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { findTool } from '../interop/tools.ts'
import type { Cleanup } from './cli.ts'
import { freePort } from './free-port.ts'

/** PostgreSQL refuses to run as root. Debian's package creates this user. */
const USER = 'postgres'
/** Time for the server to accept connections, and between two attempts. */
const MAX_START_MS = 60_000
const RETRY_MS = 50
/** A server that takes longer to stop is killed. It writes a checkpoint first, which takes seconds on a busy disk. */
const MAX_STOP_MS = 20_000

export interface PostgresOptions {
  /** Default: a free port. */
  readonly port?: number | undefined
  /** A certificate and its key (PEM), with which the server offers TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined
}

/** Starts a server with the default settings, `fsync` included; returns its URL without a database. */
export async function startPostgres(cleanup: Cleanup, options: PostgresOptions = {}): Promise<string> {
  return (await startPostgresServer(cleanup, options)).url
}

/** A server that can be stopped and started again. */
export interface PostgresServer {
  /** Without a database. */
  readonly url: string
  /** Resolves when the process has ended. */
  stop(shutdown: 'fast' | 'immediate'): Promise<void>
  /** Resolves when the server accepts connections. */
  start(): Promise<void>
}

/** Neither waits for clients. After an immediate shutdown, the server recovers as after a crash. */
const SHUTDOWN_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** Starts a server as `startPostgres` does. The folder of a test need not survive a crash of the machine: `--no-sync`. */
export async function startPostgresServer(cleanup: Cleanup, options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-postgres-'))
  cleanup(() => rm(folder, { recursive: true, force: true }))
  const user = await serverUser(folder)
  const data = path.join(folder, 'data')
  const initialize = ['-D', data, '-U', 'fourwire', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
  execFileSync(findTool('initdb') ?? 'initdb', initialize, { ...user, cwd: folder, stdio: 'ignore' })
  const port = options.port ?? (await freePort())
  const tls = options.tls ? await tlsSettings(folder, options.tls, user) : []
  const settings = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, ...tls]
  const url = `postgres://fourwire@127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const stop = async (shutdown: keyof typeof SHUTDOWN_SIGNALS) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    const killer = setTimeout(() => child?.kill('SIGKILL'), MAX_STOP_MS)
    child.kill(SHUTDOWN_SIGNALS[shutdown])
    await exit
    clearTimeout(killer)
  }
  const start = async () => {
    const output: Buffer[] = []
    const program = findTool('postgres') ?? 'postgres'
    child = spawn(program, settings, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr?.on('data', bytes => output.push(bytes))
    await untilReady(`${url}/postgres`, child, () => Buffer.concat(output).toString('utf8'))
  }
  cleanup(() => stop('fast'))
  await start()
  return { url, stop, start }
}

async function tlsSettings(
  folder: string,
  { certificate, key }: Required<PostgresOptions>['tls'] & object,
  { uid, gid }: { uid?: number; gid?: number },
): Promise<string[]> {
  const [certificateFile, keyFile] = [path.join(folder, 'server.crt'), path.join(folder, 'server.key')]
  // PostgreSQL refuses a key that others may read.
  await writeFile(certificateFile, certificate, { mode: 0o600 })
  await writeFile(keyFile, key, { mode: 0o600 })
  for (const file of [certificateFile, keyFile]) if (uid !== undefined && gid !== undefined) await chown(file, uid, gid)
  return ['-c', 'ssl=on', '-c', `ssl_cert_file=${certificateFile}`, '-c', `ssl_key_file=${keyFile}`]
}

/** Returns the ids to run as, for `spawn`; root runs the server as another user, who then owns the folder. */
async function serverUser(folder: string): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map(flag => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' })))
  if (uid === undefined || gid === undefined) throw new Error(`there is no user ${USER}`)
  await chown(folder, uid, gid)
  return { uid, gid }
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = performance.now() + MAX_START_MS
  for (;;) {
    try {
      return await query(url, 'select 1')
    } catch (error) {
      const hasExited = child.exitCode !== null || child.signalCode !== null
      if (hasExited || performance.now() > deadline)
        throw new Error(`PostgreSQL does not start: ${output()}`, { cause: error })
      await delay(RETRY_MS)
    }
  }
}

/** Creates an empty database on the server of this URL; returns the URL of the database. */
export async function createDatabase(server: string): Promise<string> {
  const name = `test_${randomUUID()}`
  await query(`${server}/postgres`, `create database "${name}"`)
  return `${server}/${name}`
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Runs a statement, such as a lock, in a transaction that stays open until the returned function is called. */
export async function holdTransaction(url: string, statement: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('begin')
  await client.query(statement)
  return () => client.end()
}
