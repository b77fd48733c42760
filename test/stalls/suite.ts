/** Starts the built suite as users start it, in a process of its own, with its mail on the disk. */
import path from 'node:path'
import { startServer } from '../bench/server-process.ts'
import { waitForGreeting } from '../bench/smtp/wait-for-greeting.ts'
import { freePort } from '../helpers/free-port.ts'

export interface Suite {
  readonly smtpPort: number
  readonly httpPort: number
  readonly dnsPort: number
  readonly pid: number
  stop(): Promise<void>
}

/** What is printed: the conversation as JSON lines, which another process reads, or nothing. */
export type Output = 'quiet' | 'json'

const SCRIPTS: Readonly<Record<Output, string>> = {
  quiet: 'exec "$0" "$@" --quiet',
  json: 'exec "$0" "$@" --json > >(exec cat > /dev/null)',
}
/** Inputs with bare line ends, many recipients and much mail must not be refused before they do their work. */
const LIMITS = [
  '--smtp-bare-newlines',
  'accept',
  '--smtp-max-recipients',
  '1000',
  '--smtp-mailbox-quota',
  '99999999999',
]

/** @param folder an empty folder for the data */
export async function startSuite(dist: string, folder: string, output: Output): Promise<Suite> {
  const [smtpPort, httpPort, dnsPort] = [await freePort(), await freePort(), await freePort()]
  const main = path.join(dist, 'shared/launcher/main.js')
  const ports = ['--smtp-port', smtpPort, '--http-port', httpPort, '--dns-port', dnsPort].map(String)
  const start = [process.execPath, main, 'start', 'smtp', 'http', 'dns', '--data', path.join(folder, 'data')]
  const waitForAnswer = async (port: number, signal: AbortSignal) => {
    await waitForGreeting(port, signal)
    await fetch(`http://127.0.0.1:${httpPort}/healthz`)
  }
  const server = await startServer('bash', ['-c', SCRIPTS[output], ...start, ...ports, ...LIMITS], {
    port: smtpPort,
    waitForAnswer,
  })
  return { smtpPort, httpPort, dnsPort, pid: server.pid, stop: () => server.stop() }
}
