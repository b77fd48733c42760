/** Binds and closes the listening sockets of TCP servers. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { BindError } from '../errors.ts'
import type { Endpoint } from '../service.ts'
import { formatAuthority } from './address.ts'

/** The address to bind; service and option are for the error message. */
export interface BindOptions {
  readonly service: string
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /** The flag that sets the port, without the service's name: `tls-port`. Default: `port`. */
  readonly option?: string | undefined
  /** True lets other processes listen on the same port; the system distributes the clients among them. */
  readonly reusePort?: boolean | undefined
}

/**
 * Binds a TCP server; resolves with the bound address.
 *
 * @throws BindError naming service and port
 */
export async function listenTcp(server: Server, bind: BindOptions): Promise<AddressInfo> {
  const { service, host, port, option, reusePort = false } = bind
  // A variable, because the types of Node 20 do not have `reusePort`.
  const address = { host, port, reusePort }
  try {
    server.listen(address)
    await once(server, 'listening')
  } catch (cause) {
    throw new BindError(service, host, port, cause as NodeJS.ErrnoException, option)
  }
  return server.address() as AddressInfo
}

/** Describes a bound address as an endpoint. */
export function createEndpoint(
  service: string,
  scheme: string,
  transport: Endpoint['transport'],
  address: Pick<AddressInfo, 'address' | 'port'>,
): Endpoint {
  const { address: host, port } = address
  const url = `${scheme}://${formatAuthority(host, port)}${scheme === 'tcp' ? '' : '/'}`
  return { service, scheme, transport, host, port, url }
}

/** Stops accepting; resolves once the server's last connection is closed. Does nothing if the server does not listen. */
export function closeServer(server: Pick<Server, 'close' | 'listening'>): Promise<void> {
  return new Promise(resolve => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
  })
}
