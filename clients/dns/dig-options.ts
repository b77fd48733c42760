/** Options in the notation of dig, such as `+short` and `+nodnssec`, translated into flags. Pure. */
import { UsageError } from '../../shared/errors.ts'
import { formatAuthority } from '../../shared/net/address.ts'
import type { DnsInput } from './index.ts'

/** The options without a value, by their names in dig. */
const SWITCHES: Readonly<Record<string, keyof DnsInput>> = {
  short: 'short',
  tcp: 'tcp',
  vc: 'tcp',
  tls: 'tls',
  https: 'https',
  dnssec: 'dnssec',
  do: 'dnssec',
  cd: 'cd',
  cdflag: 'cd',
  recurse: 'recurse',
  rdflag: 'recurse',
  edns: 'edns',
  nsid: 'nsid',
  cookie: 'cookie',
  trace: 'walk',
}

/**
 * Moves the `+options` of the words into flags, and a `--port` into the server.
 *
 * @throws UsageError for an unknown option, and for a port if the server already has one
 */
export function applyDigOptions(input: DnsInput): DnsInput {
  const options = input.words.filter(word => word.startsWith('+'))
  const words = input.words.filter(word => !word.startsWith('+'))
  const flags = Object.assign({}, ...options.map(parseOption)) as Partial<DnsInput>
  return applyPort({ ...input, words, ...flags })
}

function parseOption(word: string): Partial<DnsInput> {
  const bufsize = /^\+bufsize=(\d{1,5})$/i.exec(word)?.[1]
  if (bufsize !== undefined && Number(bufsize) <= 0xffff) return { bufsize: Number(bufsize) }
  const name = word.slice(1).toLowerCase()
  const isOff = SWITCHES[name] === undefined && name.startsWith('no')
  const flag = SWITCHES[isOff ? name.slice(2) : name]
  if (flag) return { [flag]: !isOff }
  const known = [...Object.keys(SWITCHES), 'bufsize=BYTES'].map(option => `+${option}`).join(' ')
  throw new UsageError(`unknown option ${word}. Options: ${known}, and +no in place of + to switch one off`)
}

function applyPort({ port, ...input }: DnsInput): DnsInput {
  if (port === undefined) return input
  const index = input.words.findIndex(word => word.startsWith('@'))
  const server = input.words[index]?.slice(1) ?? input.server ?? '127.0.0.1'
  if (/^[a-z]+:\/\//i.test(server) || /^(\[.*\]|[^:]*):\d+$/.test(server)) {
    throw new UsageError(`--port ${port}: the server ${server} already has a port or a scheme. Give one of the two`)
  }
  const host = server.replace(/^\[(.*)\]$/, '$1')
  return { ...input, words: input.words.filter((_, at) => at !== index), server: formatAuthority(host, port) }
}
