/** Addresses as FTP writes them: `PORT` and 227 (RFC 959, section 4.1.2), `EPRT` and 229 (RFC 2428). Pure. */
import { plainHost } from '../../shared/net/address.ts'

export interface DataAddress {
  readonly host: string
  readonly port: number
}

/** The numbers RFC 2428 gives to the families of addresses. */
export type Family = '1' | '2'

export function familyOf(host: string): Family {
  return plainHost(host).includes(':') ? '2' : '1'
}

/** True where both name one address, however it is written. */
export function sameHost(one: string, other: string): boolean {
  return canonical(one) === canonical(other)
}

function canonical(host: string): string {
  const plain = plainHost(host).toLowerCase()
  return parseIPv6(plain) ?? plain
}

/** The one way to write it that RFC 5952 gives; undefined where it is no IPv6 address. */
function parseIPv6(text: string): string | undefined {
  const url = `http://[${text}]`
  return text.includes(':') && URL.canParse(url) ? new URL(url).hostname : undefined
}

function isIPv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every(part => Number(part) <= 255)
}

/** `127,0,0,1,156,64` */
export function formatPort({ host, port }: DataAddress): string {
  return [...host.split('.'), port >> 8, port & 255].join(',')
}

/** Reads `h1,h2,h3,h4,p1,p2`; undefined where it is not that. */
export function parsePort(text: string): DataAddress | undefined {
  if (!/^\d{1,3}(,\d{1,3}){5}$/.test(text)) return undefined
  const numbers = text.split(',').map(Number)
  if (numbers.some(number => number > 255)) return undefined
  const [high = 0, low = 0] = numbers.slice(4)
  return { host: numbers.slice(0, 4).join('.'), port: high * 256 + low }
}

export type ParsedEprt = DataAddress | 'unknown family' | undefined

/** Reads `|1|127.0.0.1|40000|`, whatever its delimiter is; undefined where it is not that. */
export function parseEprt(text: string): ParsedEprt {
  const [, delimiter, family, host = '', digits = ''] = /^([!-~])(\d+)\1([^\s]+?)\1(\d{1,5})\1$/.exec(text) ?? []
  if (delimiter === undefined) return undefined
  if (family !== '1' && family !== '2') return 'unknown family'
  const port = Number(digits)
  const isAddress = family === '1' ? isIPv4(host) : parseIPv6(host) !== undefined
  return isAddress && port <= 65535 ? { host, port } : undefined
}
