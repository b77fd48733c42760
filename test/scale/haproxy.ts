/** A real HAProxy with the configuration that the README shows; only its addresses differ. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Cleanup, emptyFolder } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { startDaemon, until } from '../interop/daemons.ts'

export const CONFIGURATION = fileURLToPath(new URL('haproxy.cfg', import.meta.url))

/** The address from which HAProxy connects, so that the servers can tell it from the clients of this machine. */
export const BALANCER = '127.0.0.9'

/** The services behind HAProxy, with the ports of the configuration: those of HAProxy, and those of the servers. */
const SERVICES = { http: [80, 8080], smtp: [25, 2525], ftp: [21, 2121] } as const
export type BalancedService = keyof typeof SERVICES

/** The ports of one process. */
export type Ports = Readonly<Record<BalancedService, number>>

/** Starts HAProxy in front of the processes; returns the ports on which it listens, once all servers are up. */
export async function startHaproxy(processes: readonly Ports[], cleanup: Cleanup): Promise<Ports> {
  const ports = { http: await freePort(), smtp: await freePort(), ftp: await freePort() }
  const folder = await emptyFolder(cleanup)
  const file = path.join(folder, 'haproxy.cfg')
  const socket = path.join(folder, 'haproxy.sock')
  const text = replaceAddresses(await readFile(CONFIGURATION, 'utf8'), ports, processes)
  await writeFile(file, `global\n  stats socket ${socket}\n${text}`)
  const daemon = startDaemon('haproxy', ['-db', '-f', file], folder, cleanup)
  const isReady = async () => (await fetch(`http://127.0.0.1:${ports.http}/readyz`).catch(() => undefined))?.ok ?? false
  await until(isReady, daemon.output)
  return ports
}

function replaceAddresses(text: string, ports: Ports, processes: readonly Ports[]): string {
  let replaced = text
  for (const [name, [front, back]] of Object.entries(SERVICES)) {
    const service = name as BalancedService
    replaced = replaced.replace(`bind :${front}\n`, `bind 127.0.0.1:${ports[service]}\n`)
    processes.forEach((process, index) => {
      const address = `10.0.0.${11 + index}:${back}\n`
      replaced = replaced.replace(address, `127.0.0.1:${process[service]} source ${BALANCER}\n`)
    })
  }
  const left = /\b10\.0\.0\.\d+|bind :\d+/.exec(replaced)
  if (left) throw new Error(`haproxy.cfg has an address that the test does not replace: ${left[0]}`)
  return replaced
}
