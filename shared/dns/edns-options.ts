/** EDNS options: their codes, extended errors, and printing as dig does (IANA: "DNS EDNS0 Option Codes"). */
import type { EdnsOption, Message } from './message.ts'

export const OPTION_CODES = {
  NSID: 3,
  'CLIENT-SUBNET': 8,
  COOKIE: 10,
  'TCP-KEEPALIVE': 11,
  PADDING: 12,
  EDE: 15,
} as const

/** The names of extended error codes (RFC 8914, section 5, and later additions to the IANA registry). */
const EXTENDED_ERRORS: readonly string[] = [
  'Other',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
  'Signature Expired before Valid',
  'Too Early',
  'Unsupported NSEC3 Iterations Value',
  'Unable to conform to policy',
  'Synthesized',
  'Invalid Query Type',
]

/** One extended error (RFC 8914). */
export interface ExtendedError {
  readonly code: number
  /** `Stale Answer`; undefined if the code has no name here. */
  readonly name: string | undefined
  /** EXTRA-TEXT; may be empty. */
  readonly text: string
}

/** Returns the extended errors of a message, in their order. */
export function extendedErrors({ edns }: Pick<Message, 'edns'>): ExtendedError[] {
  return (edns?.options ?? []).flatMap(option => {
    const error = readExtendedError(option)
    return error ? [error] : []
  })
}

function readExtendedError({ code, data }: EdnsOption): ExtendedError | undefined {
  if (code !== OPTION_CODES.EDE || data.length < 2) return undefined
  const bytes = Buffer.from(data)
  const number = bytes.readUInt16BE(0)
  // Some servers end the text with a NUL (RFC 8914, section 2). Control characters become dots, as in dig.
  const text = bytes
    .toString('utf8', 2)
    .replace(/\0+$/, '')
    .replaceAll(/\p{Cc}/gu, '.')
  return { code: number, name: EXTENDED_ERRORS[number], text }
}

/** Prints `22 (No Reachable Authority): (all of them time out)`, as dig does. */
export function printExtendedError({ code, name, text }: ExtendedError): string {
  return `${code}${name === undefined ? '' : ` (${name})`}${text === '' ? '' : `: (${text})`}`
}

/** Prints one option on one line, as dig does: `NSID: 66 6f 6f ("foo")`. */
export function printOption(option: EdnsOption): string {
  const bytes = Buffer.from(option.data)
  const [name, print] = PRINTERS.get(option.code) ?? [`OPT=${option.code}`, printBytes]
  return `${name}: ${print(bytes)}`.trimEnd()
}

type PrintOption = (bytes: Buffer) => string

const PRINTERS: ReadonlyMap<number, readonly [name: string, print: PrintOption]> = new Map([
  [OPTION_CODES.NSID, ['NSID', printBytes]],
  [OPTION_CODES['CLIENT-SUBNET'], ['CLIENT-SUBNET', printSubnet]],
  [OPTION_CODES.COOKIE, ['COOKIE', bytes => bytes.toString('hex')]],
  [OPTION_CODES['TCP-KEEPALIVE'], ['TCP-KEEPALIVE', printKeepalive]],
  [OPTION_CODES.PADDING, ['PADDING', bytes => `${bytes.length} bytes`]],
  [OPTION_CODES.EDE, ['EDE', printEde]],
])

function printBytes(bytes: Buffer): string {
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')
  return hex === '' ? '' : `${hex} ("${bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.')}")`
}

function printEde(bytes: Buffer): string {
  const error = readExtendedError({ code: OPTION_CODES.EDE, data: bytes })
  return error ? printExtendedError(error) : printBytes(bytes)
}

/** RFC 7828, section 3.1: in units of 100 ms. */
function printKeepalive(bytes: Buffer): string {
  return bytes.length === 2 ? `${(bytes.readUInt16BE(0) / 10).toFixed(1)} secs` : printBytes(bytes)
}

const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 16 }

/**
 * RFC 7871, section 6: family, source and scope prefix length, and as much of the address as the source prefix covers.
 */
function printSubnet(bytes: Buffer): string {
  const size = bytes.length < 4 ? undefined : ADDRESS_BYTES[bytes.readUInt16BE(0)]
  if (size === undefined || bytes.length > 4 + size) return printBytes(bytes)
  const address = Buffer.concat([bytes.subarray(4), Buffer.alloc(size + 4 - bytes.length)])
  const text = size === 4 ? address.join('.') : (address.toString('hex').match(/.{4}/g) ?? []).join(':')
  return `${size === 4 ? text : new URL(`http://[${text}]/`).hostname.slice(1, -1)}/${bytes[2]}/${bytes[3]}`
}
