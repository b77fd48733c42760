/** Hosts and ports as people and URLs write them. Pure. */

/** An IPv4 address mapped into IPv6, as a socket that listens on both tells it, as plain IPv4; any other host as it is. */
export function plainHost(host: string): string {
  return host.startsWith(':') && /^::ffff:[\d.]+$/i.test(host) ? host.slice('::ffff:'.length) : host
}

/** `example.org:80`, `[::1]:80`; without a port, the host alone (RFC 3986, section 3.2). */
export function formatAuthority(host: string, port?: number): string {
  return `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`
}

/** The host of a `URL` object, which has IPv6 addresses in brackets, without them. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** A host and a port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:53`, `[::1]:53`. An IPv4-mapped IPv6 address is written as IPv4, as the other end sees it. */
export function formatAddress({ host, port }: Address): string {
  return formatAuthority(plainHost(host), port)
}

/** The remote address of a socket, for the log. */
export function peerAddress({ remoteAddress = '?', remotePort = 0 }: RemoteEnd): string {
  return formatAddress({ host: remoteAddress, port: remotePort })
}

/** The properties of `net.Socket` that name its remote end; undefined once it is closed. */
interface RemoteEnd {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

/** True for the addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  if (host.startsWith('127.')) return /^127\.\d+\.\d+\.\d+$/.test(host)
  return host === 'localhost' || host === '::1' || host === '0:0:0:0:0:0:0:1'
}
