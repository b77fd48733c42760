/** The addresses of balancers whose PROXY protocol headers a server trusts: single ones and networks. */
import { BlockList, isIPv6 } from 'node:net'

export class TrustedProxies {
  readonly #list = new BlockList()

  /** @param entries valid for `proxyOption` */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', length] = entry.split('/')
      const family = familyOf(address)
      if (length === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(length), family)
    }
  }

  /** @param host the remote address of a socket */
  includes(host: string): boolean {
    return this.#list.check(host, familyOf(host))
  }
}

function familyOf(host: string): 'ipv4' | 'ipv6' {
  return isIPv6(host) ? 'ipv6' : 'ipv4'
}
