/** All that queries come by: UDP, TCP, and TLS where the suite has it, on every address that the server was given. */
import type { AddressInfo } from 'node:net'
import { createEndpoint } from '../../../shared/net/listen.ts'
import type { Tls } from '../../../shared/net/tls/tls.ts'
import { TlsListener } from '../../../shared/net/tls/tls-listener.ts'
import type { Context, Endpoint } from '../../../shared/service.ts'
import type { NameServer } from '../name-server.ts'
import { type Bound, bindBoth, bindEach } from './bind.ts'
import { Connections, MAX_CONNECTIONS } from './connections.ts'
import { Datagrams } from './datagrams.ts'

/** Where to listen. */
export interface Listening {
  /** One address, or several with commas between. */
  readonly host: string
  readonly port: number
  readonly tlsPort: number
}

const SERVICE = 'dns'

export class Listeners {
  readonly #where: Listening
  readonly #nameServer: NameServer
  readonly #context: Context
  readonly #connections: Connections
  #bound: readonly Bound[] = []

  constructor(where: Listening, nameServer: NameServer, context: Context) {
    this.#where = where
    this.#nameServer = nameServer
    this.#context = context
    this.#connections = new Connections(nameServer, context)
  }

  /** @throws BindError where an address or a port cannot be had; `close` lets go of what was bound before */
  async listen(): Promise<Endpoint[]> {
    const { host, port, tlsPort } = this.#where
    const plain = await bindEach(host, port, (host, port) => this.#listenPlain(host, port))
    this.#bound = plain
    const { tls } = this.#context
    const secure = tls ? await bindEach(host, tlsPort, (host, port) => this.#listenTls(tls, host, port)) : []
    this.#bound = [...plain, ...secure]
    return [
      ...plain.flatMap(({ address }) => [told('udp', address), told('tcp', address)]),
      ...secure.map(({ address }) => told('tls', address)),
    ]
  }

  /** Takes nothing new, has what was asked answered for as long as a stop may take, then ends what is left. */
  async close(): Promise<void> {
    const closed = this.#bound.map(one => one.close())
    await this.#connections.close(this.#context.drainTime)
    await Promise.all(closed)
  }

  async #listenPlain(host: string, port: number): Promise<Bound> {
    const both = await bindBoth({ service: SERVICE, host, port }, socket => this.#connections.accept(socket, 'tcp'))
    new Datagrams(both.udp, this.#nameServer, this.#context)
    return both
  }

  async #listenTls(tls: Tls, host: string, port: number): Promise<Bound> {
    const about = { service: SERVICE, tls, protocols: ['dot'], maxConnections: MAX_CONNECTIONS, log: this.#context.log }
    const listener = new TlsListener(about, socket => this.#connections.accept(socket, 'tls'))
    const address = await listener.listen({ service: SERVICE, host, port, option: 'tls-port' })
    return { address, close: () => listener.close(this.#connections.closed) }
  }
}

function told(transport: Endpoint['transport'], address: AddressInfo): Endpoint {
  return createEndpoint(SERVICE, 'dns', transport, address)
}
