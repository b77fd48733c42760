/** Hosts and ports as people and URLs write them. Pure. */

/** Returns an IPv4-mapped IPv6 address, which a dual-stack socket reports, as plain IPv4; any other host unchanged. */
export function plainHost(host: string): string {
  return host.startsWith(':') && /^::ffff:[\d.]+$/i.test(host) ? host.slice('::ffff:'.length) : host
}

/** Formats `example.org:80`, `[::1]:80`; without a port, only the host (RFC 3986, section 3.2). */
export function formatAuthority(host: string, port?: number): string {
  return `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`
}

/** Returns the host of a `URL` object without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** A host and a port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Formats `127.0.0.1:53`, `[::1]:53`. An IPv4-mapped IPv6 address is written as IPv4, as the other end sees it. */
export function formatAddress({ host, port }: Address): string {
  return formatAuthority(plainHost(host), port)
}

/** Returns the remote address of a socket, for the log. */
export function peerAddress({ remoteAddress = '?', remotePort = 0 }: RemoteEnd): string {
  return formatAddress({ host: remoteAddress, port: remotePort })
}

/** The properties of `net.Socket` that name its remote end; undefined once it is closed. */
interface RemoteEnd {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

/** Returns true for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  if (host.startsWith('127.')) return /^127\.\d+\.\d+\.\d+$/.test(host)
  return host === 'localhost' || host === '::1' || host === '0:0:0:0:0:0:0:1'
}
