/** What a person and what a program sees first: every endpoint. Pure. */
import type { Endpoint } from '../service.ts'

/** The `ready` line of `--json`. */
export function readyLine(endpoints: readonly Endpoint[]): string {
  return JSON.stringify({ kind: 'ready', endpoints })
}

export interface BannerOptions {
  readonly dataFolder: string
  readonly version: string
  /** The authority that clients have to trust for what is offered over TLS, where it is of our making. */
  readonly caFile?: string | undefined
}

/** The banner: a line a URL, the transports of one address on one line. */
export function banner(endpoints: readonly Endpoint[], { dataFolder, version, caFile }: BannerOptions): string {
  const lines = [...new Set(endpoints.map(({ url }) => url))].map(url =>
    formatEndpoint(endpoints.filter(one => one.url === url)),
  )
  const services = new Set(endpoints.map(({ service }) => service)).size
  const tries = EXAMPLES.filter(({ needs }) => needs.every(name => endpoints.some(({ service }) => service === name)))
  return [
    `Fourwire ${version}: ${services === 1 ? 'one service is' : `${services} services are`} up, data in ${dataFolder}`,
    '',
    ...lines,
    '',
    ...(caFile === undefined ? [] : [`TLS: trust ${caFile}, as with curl --cacert`]),
    ...tries.slice(0, 1).map(({ command }) => `Try: ${command}`),
    'Ctrl+C stops.',
    '',
  ].join('\n')
}

const EXAMPLES = [
  { needs: ['dns', 'http'], command: 'fourwire http http://www.fourwire.test/ --trace' },
  { needs: ['dns'], command: 'fourwire dns fourwire.test MX --trace' },
  { needs: ['hello'], command: 'fourwire hello --trace' },
  { needs: ['smtp'], command: 'fourwire smtp send --from me@fourwire.test --to you@fourwire.test --text Hi --trace' },
  { needs: ['ftp'], command: 'fourwire ftp ls / --trace' },
] as const

function formatEndpoint(sameUrl: readonly Endpoint[]): string {
  const isPlain = sameUrl.length === 1 && (sameUrl[0]?.transport !== 'tls' || sameUrl[0].scheme === 'https')
  const transports = isPlain ? '' : `  (${sameUrl.map(({ transport }) => transport).join(', ')})`
  return `  ${sameUrl[0]?.service.padEnd(8)}${sameUrl[0]?.url}${transports}`
}
