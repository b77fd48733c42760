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
