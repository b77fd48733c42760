/** The first output of `fourwire start`: every endpoint, for a person or for a program. Pure. */
import type { TrustedProxies } from '../net/proxy-protocol/trusted-proxies.ts'
import type { Endpoint } from '../service.ts'

/** Returns the `ready` line of `--json`. */
export function readyLine(endpoints: readonly Endpoint[]): string {
  return JSON.stringify({ kind: 'ready', endpoints })
}

/** The accounts that can sign in to the services of a suite. */
export interface AvailableAccounts {
  /** Those that exist only on loopback, with their passwords. */
  readonly demonstration: readonly { readonly name: string; readonly password: string }[]
  readonly count: number
}

export interface BannerOptions {
  readonly dataFolder: string
  readonly version: string
  /** What to type before a command's arguments: `npx fourwire`. */
  readonly program: string
  /** The value of `--data`, which a client needs too; undefined if clients find the data folder without it. */
  readonly dataFlag?: string | undefined
  /** The certificate that clients must trust for TLS; undefined if the certificate is the user's own. */
  readonly caFile?: string | undefined
  /** Undefined if no service uses accounts. */
  readonly accounts?: AvailableAccounts | undefined
  /** True if the store is a database that the user named with a URL. */
  readonly hasStoreUrl?: boolean
  /** The balancers that `--proxy-from` names; undefined without it. */
  readonly proxies?: Pick<TrustedProxies, 'includes'> | undefined
}

/** Returns the banner: one line for each URL, what to trust for TLS, and a command to try. */
export function banner(endpoints: readonly Endpoint[], options: BannerOptions): string {
  const lines = [...new Set(endpoints.map(({ url }) => url))].map(url =>
    formatEndpoint(endpoints.filter(endpoint => endpoint.url === url)),
  )
  const services = new Set(endpoints.map(({ service }) => service)).size
  return [
    `Fourwire ${options.version}: ${services} ${services === 1 ? 'service' : 'services'}, data in ${options.dataFolder}`,
    '',
    ...lines,
    '',
    ...accountsAdvice(options),
    ...tlsAdvice(endpoints, options),
    ...exampleFor(endpoints, options),
    'Ctrl+C stops.',
    '',
  ].join('\n')
}

function accountsAdvice({ accounts, program, dataFlag, hasStoreUrl, proxies }: BannerOptions): string[] {
  if (!accounts) return []
  const { demonstration, count } = accounts
  if (demonstration.length > 0) {
    return [`Accounts: ${demonstration.map(({ name, password }) => `${name} (password ${password})`).join(', ')}`]
  }
  if (count > 0) return []
  const store = hasStoreUrl ? ' --store URL' : dataOption(dataFlag)
  const reason = proxies ? 'a balancer may let other machines in' : 'other machines can reach this suite'
  return [`Accounts: none, because ${reason}. Add one: ${program} user add NAME${store}`]
}

function dataOption(dataFlag: string | undefined): string {
  return dataFlag === undefined ? '' : ` --data ${dataFlag}`
}

function tlsAdvice(endpoints: readonly Endpoint[], { caFile }: BannerOptions): string[] {
  const usesTls = endpoints.some(({ transport }) => transport === 'tls')
  return usesTls && caFile !== undefined ? [`TLS: trust ${caFile}, as with curl --cacert`] : []
}

function exampleFor(endpoints: readonly Endpoint[], { program, dataFlag, proxies }: BannerOptions): string[] {
  // Servers close a TCP connection of a balancer that does not begin with the PROXY protocol.
  const isRefused = proxies !== undefined && ['127.0.0.1', '::1'].some(host => proxies.includes(host))
  const usable = EXAMPLES.filter(({ transport }) => transport === 'udp' || !isRefused)
  const example = usable.find(({ needs }) => needs.every(name => endpoints.some(({ service }) => service === name)))
  return example ? [`Try: ${program} ${example.command}${dataOption(dataFlag)} --trace`] : []
}

const EXAMPLES = [
  { needs: ['dns', 'http'], transport: 'tcp', command: 'http http://www.fourwire.test/' },
  { needs: ['dns'], transport: 'udp', command: 'dns fourwire.test MX' },
  { needs: ['hello'], transport: 'tcp', command: 'hello' },
  { needs: ['smtp'], transport: 'tcp', command: 'smtp send --from me@fourwire.test --to you@fourwire.test --text Hi' },
  { needs: ['ftp'], transport: 'tcp', command: 'ftp ls /' },
] as const

function formatEndpoint(sameUrl: readonly Endpoint[]): string {
  const isPlain = sameUrl.length === 1 && (sameUrl[0]?.transport !== 'tls' || sameUrl[0].scheme === 'https')
  const transports = isPlain ? '' : `  (${sameUrl.map(({ transport }) => transport).join(', ')})`
  return `  ${sameUrl[0]?.service.padEnd(8)}${sameUrl[0]?.url}${transports}`
}
