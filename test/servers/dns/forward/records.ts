/** Queries, records and resolutions for the tests of forwarding. */
import type { ForwardQuery, Resolution } from '../../../../servers/dns/forward/resolution.ts'
import { parseMasterFile } from '../../../../servers/dns/master-file/master-file.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../../shared/dns/message.ts'
import { lines } from '../zones.ts'

/** Parses records in master file syntax, with absolute names. */
export function records(text: string): DnsRecord[] {
  return [...parseMasterFile({ origin: '.', text, file: 'test' })].map(({ record }) => record)
}

export function forwardQuery(name: string, type: TypeName = 'A', more: Partial<ForwardQuery> = {}): ForwardQuery {
  return { name, type, dnssecOk: false, checkingDisabled: false, ...more }
}

export const SOA = 'example. 600 SOA ns.example. host.example. 1 2 3 4 300\n'

export function positive(text: string): Resolution {
  return { kind: 'positive', rcode: 'NOERROR', answers: records(text), authorities: [], errors: [] }
}

export function negative(rcode: 'NXDOMAIN' | 'NOERROR', text = SOA, answers = ''): Resolution {
  return { kind: 'negative', rcode, answers: records(answers), authorities: records(text), errors: [] }
}

/** Prints a resolution for comparison with literals. */
export function show(resolution: Resolution | undefined): string[] | undefined {
  if (!resolution) return undefined
  const head = resolution.kind === 'alias' ? `alias to ${resolution.target}` : `${resolution.kind} ${resolution.rcode}`
  return [head, ...lines(resolution.answers), ...lines(resolution.authorities).map(line => `; ${line}`)]
}
