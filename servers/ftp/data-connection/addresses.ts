/** Address formats of FTP: PORT and 227 (RFC 959, section 4.1.2), EPRT and 229 (RFC 2428). Pure. */
import { plainHost } from '../../../shared/net/address.ts'

export interface DataAddress {
  readonly host: string
  readonly port: number
}

/** Address family numbers of RFC 2428: 1 is IPv4, 2 is IPv6. */
export type AddressFamily = '1' | '2'

export function familyOf(host: string): AddressFamily {
  return plainHost(host).includes(':') ? '2' : '1'
}

/** Returns true if both are the same address, in any notation. */
export function hostsEqual(a: string, b: string): boolean {
  return canonicalHost(a) === canonicalHost(b)
}

function canonicalHost(host: string): string {
  const plain = plainHost(host).toLowerCase()
  return parseIPv6(plain) ?? plain
}

/** Returns the canonical form (RFC 5952); undefined if the text is not an IPv6 address. */
function parseIPv6(text: string): string | undefined {
  const url = `http://[${text}]`
  return text.includes(':') && URL.canParse(url) ? new URL(url).hostname : undefined
}

function isIPv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every(part => Number(part) <= 255)
}

/** Formats an address for the reply to PASV: `127,0,0,1,156,64`. */
export function formatPort({ host, port }: DataAddress): string {
  return [...host.split('.'), port >> 8, port & 255].join(',')
}

/** Parses `h1,h2,h3,h4,p1,p2`; undefined if malformed. */
export function parsePort(text: string): DataAddress | undefined {
  if (!/^\d{1,3}(,\d{1,3}){5}$/.test(text)) return undefined
  const numbers = text.split(',').map(Number)
  if (numbers.some(number => number > 255)) return undefined
  const [high = 0, low = 0] = numbers.slice(4)
  return { host: numbers.slice(0, 4).join('.'), port: high * 256 + low }
}

export type ParsedEprt = DataAddress | 'unknown family' | undefined

/** Parses `|1|127.0.0.1|40000|` with any delimiter; undefined if malformed. */
export function parseEprt(text: string): ParsedEprt {
  const [, delimiter, family, host = '', digits = ''] = /^([!-~])(\d+)\1([^\s]+?)\1(\d{1,5})\1$/.exec(text) ?? []
  if (delimiter === undefined) return undefined
  if (family !== '1' && family !== '2') return 'unknown family'
  const port = Number(digits)
  const isAddress = family === '1' ? isIPv4(host) : parseIPv6(host) !== undefined
  return isAddress && port <= 65535 ? { host, port } : undefined
}
