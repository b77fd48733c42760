/** The addresses of `--resolve HOST:PORT:ADDRESS`. Pure. */
import { UsageError } from '../../../shared/errors.ts'
import type { ParsedUrl } from '../url.ts'

/** The address to connect to for a host and port. */
export interface AddressOverride {
  /** In lower case; `*` for any host. */
  readonly host: string
  readonly port: number
  /** An IP address, without brackets. */
  readonly address: string
}

const FORMAT = /^(?<host>\[[\da-f:.]+\]|[^\s:[\]]+):(?<port>\d{1,5}):(?<address>.+)$/i
const MAX_PORT = 65_535

/**
 * Parses `HOST:PORT:ADDRESS`. An IPv6 address can have brackets.
 *
 * @throws UsageError if it has another form, or ADDRESS is not an IP address
 */
export function parseAddressOverride(text: string): AddressOverride {
  const { host = '', port = '', address = '' } = FORMAT.exec(text)?.groups ?? {}
  const ip = withoutBrackets(address)
  if (host === '' || Number(port) > MAX_PORT || !isAddress(ip)) {
    throw new UsageError(
      `--resolve ${text}: must be HOST:PORT:ADDRESS with an IP address. Example: --resolve www.example.com:80:127.0.0.1`,
    )
  }
  return { host: withoutBrackets(host).toLowerCase(), port: Number(port), address: ip }
}

/** Parsing a URL checks the numbers of an address; of names, it would change an IPv4 address only. */
function isAddress(text: string): boolean {
  if (text.includes(':')) return URL.canParse(`http://[${text}]/`)
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && URL.canParse(`http://${text}/`)
}

function withoutBrackets(text: string): string {
  return text.replace(/^\[(.*)\]$/, '$1')
}

const STANDARD_PORTS = { http: 80, https: 443 } as const

/** Returns where to connect for a URL; undefined if no override is for its host and port. */
export function findOverride(
  overrides: readonly AddressOverride[],
  { scheme, host, port = STANDARD_PORTS[scheme] }: Pick<ParsedUrl, 'scheme' | 'host' | 'port'>,
): { host: string; port: number } | undefined {
  const found = overrides.find(override => override.port === port && (override.host === host || override.host === '*'))
  return host === undefined || !found ? undefined : { host: found.address, port }
}
