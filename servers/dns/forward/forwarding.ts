/** Forwarding, if the options name upstreams. */
import { UsageError } from '../../../shared/errors.ts'
import { formatAddress, isLoopback } from '../../../shared/net/address.ts'
import { ipAddressBytes } from '../../../shared/net/ip-address-bytes.ts'
import type { Context, Endpoint, Location } from '../../../shared/service.ts'
import type { AccessList } from '../access/access-list.ts'
import type { Handler } from '../name-server.ts'
import type { Zones } from '../query/answer.ts'
import { type Client, NO_AUTH } from '../query/query.ts'
import { localAddresses } from '../store/local-addresses.ts'
import { Forwarder } from './forwarder.ts'
import type { ForwardOptions } from './options.ts'
import { Routes } from './routes.ts'

export class Forwarding {
  readonly #routes: Routes
  readonly #forwarder: Forwarder | undefined
  /** Responses depend on whether the client may use recursion (RA); undefined without forwarding. */
  readonly clientClass: ((client: Client) => string) | undefined

  /**
   * @param clients the clients to forward for
   * @throws UsageError if an upstream is invalid
   */
  constructor(options: ForwardOptions, clients: AccessList, store: { readonly zones: Zones }, context: Context) {
    this.#routes = new Routes(options.forward)
    if (options.forward.length === 0) return
    this.clientClass = client => (clients.permits({ client, auth: NO_AUTH }) ? 'recursion' : 'no recursion')
    this.#forwarder = new Forwarder({ store, routes: this.#routes, clients, timeout: options.forwardTimeout, context })
  }

  /** The handlers of queries, which run after the one of transfers. */
  get handlers(): readonly Handler[] {
    return this.#forwarder ? [this.#forwarder] : []
  }

  /** @throws UsageError if an upstream is one of these endpoints: the server would forward to itself endlessly */
  rejectOwnEndpoints(endpoints: readonly Endpoint[]): void {
    for (const { upstreams } of this.#routes.all) {
      const own = upstreams.find(upstream => endpoints.some(endpoint => reaches(upstream, endpoint)))
      if (!own) continue
      const text = formatAddress(own)
      throw new UsageError(
        `cannot forward to "${text}": this server itself listens there. Give another upstream with --dns-forward`,
      )
    }
  }

  /** Clears the cache of answers. */
  clearCache(): void {
    this.#forwarder?.clearCache()
  }

  /** Ends queries to upstreams; resolves when the waiting clients have their responses. */
  async close(): Promise<void> {
    await this.#forwarder?.close()
  }
}

function reaches(upstream: Location, bound: Location): boolean {
  return upstream.port === bound.port && addressesOf(bound.host).some(host => isSame(host, upstream.host))
}

/** A query to an unspecified address goes to this machine. */
const UNSPECIFIED = ['0.0.0.0', '::']

/** Returns the addresses at which clients can reach a server bound to `host`. */
function addressesOf(host: string): string[] {
  if (!UNSPECIFIED.includes(host)) return isLoopback(host) ? [host, ...UNSPECIFIED] : [host]
  return [...UNSPECIFIED, '127.0.0.1', '::1', ...localAddresses(4), ...localAddresses(6)]
}

function isSame(one: string, other: string): boolean {
  return ipAddressBytes(one).equals(ipAddressBytes(other))
}
