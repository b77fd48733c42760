/** Forwarding as the server has it: off where no upstream is named. */

import { UsageError } from '../../../shared/errors.ts'
import { formatAddress, isLoopback } from '../../../shared/net/address.ts'
import { ipAddressBytes } from '../../../shared/net/ip-address-bytes.ts'
import type { Context, Endpoint, Location } from '../../../shared/service.ts'
import type { Zones } from '../answer.ts'
import type { Handler } from '../name-server.ts'
import { localAddresses } from '../store/local-addresses.ts'
import type { AccessList } from '../trust/access-list.ts'
import { Forwarder } from './forwarder.ts'
import type { ForwardOptions } from './options.ts'
import { Routes } from './routes.ts'

export class Forwarding {
  readonly #routes: Routes
  readonly #forwarder: Forwarder | undefined

  /**
   * @param clients whom names are forwarded for
   * @throws UsageError for an upstream that is none
   */
  constructor(options: ForwardOptions, clients: AccessList, served: { readonly zones: Zones }, context: Context) {
    this.#routes = new Routes(options.forward)
    if (options.forward.length === 0) return
    this.#forwarder = new Forwarder({ served, routes: this.#routes, clients, timeout: options.forwardTimeout, context })
  }

  /** What the name server asks about queries, after transfers. */
  get handlers(): readonly Handler[] {
    return this.#forwarder ? [this.#forwarder] : []
  }

  /** @throws UsageError where an upstream is one of these endpoints: every question would come back */
  rejectOwnEndpoints(endpoints: readonly Endpoint[]): void {
    for (const { upstreams } of this.#routes.all) {
      const ourselves = upstreams.find(upstream => endpoints.some(endpoint => reaches(upstream, endpoint)))
      if (!ourselves) continue
      const text = formatAddress(ourselves)
      throw new UsageError(
        `cannot forward to "${text}": this server listens there itself, and would ask itself without end; name another with --dns-forward`,
      )
    }
  }

  /** Forgets the answers of upstreams. */
  clearCache(): void {
    this.#forwarder?.clearCache()
  }

  /** Ends what is being asked; resolves once those who wait for it have been answered. */
  async close(): Promise<void> {
    await this.#forwarder?.close()
  }
}

function reaches(upstream: Location, bound: Location): boolean {
  return upstream.port === bound.port && addressesOf(bound.host).some(host => isSame(host, upstream.host))
}

/** To ask "all addresses" is to ask this machine. */
const UNSPECIFIED = ['0.0.0.0', '::']

/** All by which a server can be reached that is bound there. */
function addressesOf(host: string): string[] {
  if (!UNSPECIFIED.includes(host)) return isLoopback(host) ? [host, ...UNSPECIFIED] : [host]
  return [...UNSPECIFIED, '127.0.0.1', '::1', ...localAddresses(4), ...localAddresses(6)]
}

function isSame(one: string, other: string): boolean {
  return ipAddressBytes(one).equals(ipAddressBytes(other))
}
