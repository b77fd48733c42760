/** All listeners of the server: UDP, TCP, and TLS if the suite has a certificate, on every address of the option `host`. */
import { createEndpoint } from '../../../shared/net/listen.ts'
import type { StreamServer } from '../../../shared/net/stream-server.ts'
import { dns } from '../../../shared/protocols/dns.ts'
import type { Context, Endpoint } from '../../../shared/service.ts'
import type { NameServer } from '../name-server.ts'
import { type Bound, bindEach, bindUdp } from './bind.ts'
import type { Connection } from './connection.ts'
import { createConnectionServer } from './connection-server.ts'
import { DatagramServer } from './datagram-server.ts'

/** The addresses to listen on. */
export interface ListenOptions {
  /** One address, or several separated by commas. */
  readonly host: string
  readonly port: number
  readonly tlsPort: number
}

interface BoundEndpoints extends Bound {
  readonly endpoints: readonly Endpoint[]
}

export class Listeners {
  readonly #options: ListenOptions
  readonly #nameServer: NameServer
  readonly #context: Context
  readonly #connections: StreamServer<Connection>
  #bound: readonly BoundEndpoints[] = []

  constructor(options: ListenOptions, nameServer: NameServer, context: Context) {
    this.#options = options
    this.#nameServer = nameServer
    this.#context = context
    this.#connections = createConnectionServer(nameServer, context)
  }

  /** @throws BindError; call `close` to release the ports bound before */
  async listen(): Promise<Endpoint[]> {
    const { host, port, tlsPort } = this.#options
    const plain = await bindEach(host, port, (host, port) => this.#bindPlain(host, port))
    this.#bound = plain
    const secure = this.#context.tls ? await bindEach(host, tlsPort, (host, port) => this.#bindTls(host, port)) : []
    this.#bound = [...plain, ...secure]
    return this.#bound.flatMap(({ endpoints }) => endpoints)
  }

  /** Stops listening; closes each connection after its pending responses, or after the drain time. */
  async close(): Promise<void> {
    await Promise.all([this.#connections.close(), ...this.#bound.map(bound => bound.close())])
  }

  /** Binds TCP, then UDP on the same port. */
  async #bindPlain(host: string, port: number): Promise<BoundEndpoints> {
    const tcp = await this.#connections.bind({ host, port })
    try {
      const udp = await bindUdp({
        service: dns.name,
        host: tcp.host,
        port: tcp.port,
        reusePort: this.#context.reusePort,
      })
      new DatagramServer(udp, this.#nameServer, this.#context)
      const close = () => {
        this.#connections.unbind(tcp)
        return new Promise<void>(resolve => udp.close(resolve))
      }
      const endpoint = createEndpoint(dns.name, dns.scheme, 'udp', udp.address())
      return { port: tcp.port, endpoints: [endpoint, tcp], close }
    } catch (error) {
      this.#connections.unbind(tcp)
      throw error
    }
  }

  async #bindTls(host: string, port: number): Promise<BoundEndpoints> {
    const endpoint = await this.#connections.bindTls({ host, port })
    return { port: endpoint.port, endpoints: [endpoint], close: () => this.#connections.unbind(endpoint) }
  }
}
