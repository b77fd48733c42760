/** Starts a suite with one service in a process of its own: untraced, with a listener, or as a command. */
import { mkdir, open, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { freePort } from '../../helpers/free-port.ts'
import { waitForAnswer } from '../dns/wait-for-answer.ts'
import { type RunningServer, startServer } from '../server-process.ts'
import { waitForConnection } from './wait-for-connection.ts'

export type BenchProtocol = 'http' | 'dns' | 'smtp' | 'ftp'

export interface Variant {
  readonly name: string
  /** The variant whose speed is 1. */
  readonly base: string
  start(protocol: BenchProtocol, folder: string): Promise<RunningServer>
}

export const UNTRACED = 'untraced'
const COUNTS = 'counts events'
const QUIET = 'command, --quiet'
/** Statements for each event. */
const LISTENERS = {
  [COUNTS]: 'figure += 1',
  'reads summary and bytes': 'figure += event.summary.length + (event.bytes?.length ?? 0)',
} as const

/** A file that HTTP and FTP serve. */
export const FILE = 'files/1k.bin'
const FILE_BYTES = 1024
/** Bytes of a mailbox: more than a bench sends. */
const QUOTA = 1024 ** 4

/** @param dist the folder of the built package */
export function variants(dist: string): Variant[] {
  const listeners = Object.entries(LISTENERS).map(([name, statement]) => suite(dist, name, statement))
  return [
    suite(dist, UNTRACED),
    ...listeners,
    command(dist, QUIET, '--quiet'),
    command(dist, 'command, --json', '--json'),
  ]
}

/** A program that starts the suite and listens to its trace. Mail is stored in memory. */
function suite(dist: string, name: string, statement?: string): Variant {
  const library = JSON.stringify(path.join(dist, 'shared/launcher/index.js'))
  return {
    name,
    base: UNTRACED,
    async start(protocol, folder) {
      await writeSample(folder)
      const port = await freePort()
      const data = protocol === 'smtp' ? {} : { data: folder }
      const service = protocol === 'smtp' ? { port, mailboxQuota: QUOTA } : { port }
      const script = `
        import { startSuite } from ${library}
        const suite = await startSuite(${JSON.stringify({ services: [protocol], [protocol]: service, ...data })})
        let figure = 0
        ${statement === undefined ? '' : `suite.trace.on(event => { ${statement} })`}`
      const args = ['--input-type=module', '-e', script]
      return startServer(process.execPath, args, { port, waitForAnswer: waitFor(protocol) })
    },
  }
}

/** The command as a user starts it; its output goes to a file. Mail is stored durably. */
function command(dist: string, name: string, flag: string): Variant {
  const main = path.join(dist, 'shared/launcher/main.js')
  return {
    name,
    base: QUIET,
    async start(protocol, folder) {
      await writeSample(folder)
      const port = await freePort()
      const flags = [flag, '--data', folder, `--${protocol}-port`, String(port)]
      const quota = protocol === 'smtp' ? ['--smtp-mailbox-quota', String(QUOTA)] : []
      const output = await open(path.join(folder, 'output'), 'a')
      try {
        const args = [main, 'start', protocol, ...flags, ...quota]
        return await startServer(process.execPath, args, {
          port,
          waitForAnswer: waitFor(protocol),
          output: output.fd,
        })
      } finally {
        await output.close()
      }
    },
  }
}

/** Removes what a command has written, so that a long bench does not fill the disk. */
export async function clearOutput(folder: string): Promise<void> {
  await truncate(path.join(folder, 'output')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

async function writeSample(folder: string): Promise<void> {
  const file = path.join(folder, 'www', FILE)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, Buffer.alloc(FILE_BYTES, 'x'))
}

function waitFor(protocol: BenchProtocol): (port: number, signal: AbortSignal) => Promise<void> {
  return protocol === 'dns' ? waitForAnswer : waitForConnection
}
