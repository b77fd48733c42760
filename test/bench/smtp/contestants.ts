/** Starts Fourwire, its peers and the floor, each in a process of its own. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../helpers/free-port.ts'
import { type RunningServer, startServer } from '../server-process.ts'
import { waitForGreeting } from './wait-for-greeting.ts'

export interface Contestant {
  readonly name: string
  /** Starts the server; its files go to an empty folder. Rejects if the server is not installed. */
  start(folder: string): Promise<RunningServer>
}

export const FLOOR = 'smtp-sink (floor)'
export const BARE = 'smtp-server, discards'
export const DURABLE = 'fourwire, SQLite'

/** Connections that smtp-sink's socket holds before it accepts them. */
const BACKLOG = '100'
/** Bytes of a mailbox: more than a bench sends. */
const QUOTA = String(1024 ** 4)

async function startProgram(program: string, argsFor: (port: number) => readonly string[], readsOutput = false) {
  const port = await freePort()
  return startServer(program, argsFor(port), { port, waitForAnswer: waitForGreeting, readsOutput })
}

/** The built package as a user starts it, with durable storing in the folder. */
function durable(dist: string, flags: readonly string[] = ['--quiet']): Contestant['start'] {
  const main = path.join(dist, 'shared/launcher/main.js')
  return folder =>
    startProgram(
      process.execPath,
      port => [main, 'start', 'smtp', ...flags, ...storeFlags(folder), '--smtp-port', String(port)],
      flags.includes('--json'),
    )
}

function storeFlags(folder: string): string[] {
  return ['--data', path.join(folder, 'data'), '--smtp-mailbox-quota', QUOTA]
}

/** A program that starts the suite with mail in memory. */
function inMemory(dist: string): Contestant['start'] {
  const library = JSON.stringify(path.join(dist, 'shared/launcher/index.js'))
  const script = (port: number) => `
    import { startSuite } from ${library}
    await startSuite({ services: ['smtp'], smtp: { port: ${port} } })`
  return () => startProgram(process.execPath, port => ['--input-type=module', '-e', script(port)])
}

/** smtp-sink refuses to run as root. */
function unprivileged(): string[] {
  return process.getuid?.() === 0 ? ['-u', 'nobody'] : []
}

function startBareServer(): Promise<RunningServer> {
  const script = fileURLToPath(new URL('./bare-server.ts', import.meta.url))
  return startProgram(process.execPath, port => ['--import', 'tsx', script, String(port)])
}

function startMaildev(): Promise<RunningServer> {
  return startProgram('maildev', port => ['--ip', '127.0.0.1', '--smtp', String(port), '--disable-web', '--silent'])
}

/** @param dist the folder of the built package */
export function contestants(dist: string): Contestant[] {
  return [
    { name: FLOOR, start: () => startProgram('smtp-sink', port => [...unprivileged(), `127.0.0.1:${port}`, BACKLOG]) },
    { name: BARE, start: startBareServer },
    {
      name: 'aiosmtpd, discards',
      start: () => startProgram('aiosmtpd', port => ['-n', '-c', 'aiosmtpd.handlers.Sink', '-l', `127.0.0.1:${port}`]),
    },
    { name: 'maildev', start: startMaildev },
    { name: 'fourwire, memory', start: inMemory(dist) },
    { name: DURABLE, start: durable(dist) },
    { name: 'fourwire, SQLite, trace as JSON', start: durable(dist, ['--json']) },
  ]
}
