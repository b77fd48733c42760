/** A balancer for tests: passes connections on, each with a header of the PROXY protocol that names its client. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { onTestFinished } from 'vitest'

/** Returns a line of version 1. */
export function proxyLine(
  source: string,
  destination: string,
  [sourcePort, destinationPort]: [number, number],
): string {
  const family = source.includes(':') ? 'TCP6' : 'TCP4'
  return `PROXY ${family} ${source} ${destination} ${sourcePort} ${destinationPort}\r\n`
}

/** Starts a balancer on 127.0.0.1 in front of a port of 127.0.0.1; returns its port. */
export async function startBalancer(target: number): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, client => {
    const { remoteAddress = '', localAddress = '', remotePort = 0, localPort = 0 } = client
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
    upstream.write(proxyLine(remoteAddress, localAddress, [remotePort, localPort]))
    pipeline(client, upstream, () => undefined)
    pipeline(upstream, client, () => undefined)
    onTestFinished(() => {
      client.destroy()
      upstream.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}
