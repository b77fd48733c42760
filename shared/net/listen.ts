/** What every stream server does around its protocol: bind, count its sockets, and let them go in good order. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { BindError } from '../errors.ts'
import type { Endpoint } from '../service.ts'
import { formatAuthority } from './address.ts'

/** Where to bind, and for whom. */
export interface BindOptions {
  readonly service: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The option that gives the port, as a flag after the service's name (`tls-port`); `port` when not given. */
  readonly option?: string | undefined
}

/**
 * Binds a TCP server; resolves with the address it really got.
 *
 * @throws BindError naming service and port
 */
export async function listenTcp(server: Server, { service, host, port, option }: BindOptions): Promise<AddressInfo> {
  try {
    server.listen({ host, port })
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

/** Stops accepting; resolves once the server's last connection is gone. Not an error where it never listened. */
export function closeServer(server: Pick<Server, 'close' | 'listening'>): Promise<void> {
  return new Promise(resolve => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
  })
}
