/** What every stream server does around its protocol: bind, count its sockets, and let them go in good order. */
import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { BindError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Endpoint } from '../service.ts'
import { formatAddress } from '../trace/event.ts'
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

/** The open sockets of a server, so that closing it can wait for them, and end those that do not end by themselves. */
export class OpenSockets {
  readonly #sockets = new Set<Socket>()

  /** Remembers the socket until it closes. */
  add(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  get size(): number {
    return this.#sockets.size
  }

  [Symbol.iterator](): Iterator<Socket> {
    return this.#sockets.values()
  }

  /** Waits until all are closed, at most that many milliseconds; then destroys the rest. */
  async drain(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => this.destroy(), milliseconds)
    await Promise.all([...this.#sockets].map(socket => new Promise(resolve => socket.once('close', resolve))))
    clearTimeout(timer)
  }

  /** Ends all of them at once. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** Who is at the other end, for the log. */
export function peerAddress({ remoteAddress = '?', remotePort = 0 }: Socket): string {
  return formatAddress({ host: remoteAddress, port: remotePort })
}

/**
 * Keeps a defect to the connection it was met on. What a handler of ours throws in a callback of a socket would end the
 * whole process; under guard it is logged with its stack, and ends that connection.
 */
export class ConnectionGuard {
  readonly #socket: Socket
  readonly #log: Log
  readonly #service: string
  readonly #client: string

  constructor(socket: Socket, log: Log, service: string) {
    this.#socket = socket
    this.#log = log
    this.#service = service
    this.#client = peerAddress(socket)
  }

  /** Does the work, now. */
  run(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.end(error)
    }
  }

  /** Calls back at every such event of the socket. */
  on<Args extends readonly unknown[]>(event: string, handler: (...args: Args) => void): void {
    this.#socket.on(event, (...args: unknown[]) => this.run(() => handler(...(args as unknown as Args))))
  }

  /** For a defect that was met elsewhere, as by a promise. */
  end(error: unknown): void {
    this.#socket.destroy()
    this.#log.error({ client: this.#client, err: error }, `${this.#service}: a defect ended a connection`)
  }
}

/** Stops accepting; resolves once the server's last connection is gone. Not an error where it never listened. */
export function closeServer(server: Pick<Server, 'close' | 'listening'>): Promise<void> {
  return new Promise(resolve => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
  })
}
