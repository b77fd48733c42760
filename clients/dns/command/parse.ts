/** Parses the command line of `fourwire dns`: words and options in dig's notation, and flags. Pure. */
import { type ClassName, classes, parseTypeName, type TypeName } from '../../../shared/dns/codes.ts'
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { Edns, Question } from '../../../shared/dns/message.ts'
import { parseClass, parseQueryName, parseType, reverseName } from '../../../shared/dns/resolver/parse-arguments.ts'
import type { Transport } from '../../../shared/dns/resolver/send/transport.ts'
import { UsageError } from '../../../shared/errors.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import type { DnsInput } from './options.ts'

/** The options of dig without a value, and the flag that each one sets. */
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
 * Converts words such as `+short` and `+nodnssec` to flags, and adds `--port` to the server.
 *
 * @throws UsageError if an option is unknown, or if the server already has a port
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
  throw new UsageError(`unknown option ${word}. Options: ${known}; +no... switches one off`)
}

function applyPort({ port, ...input }: DnsInput): DnsInput {
  if (port === undefined) return input
  const index = input.words.findIndex(word => word.startsWith('@'))
  const server = input.words[index]?.slice(1) ?? input.server ?? '127.0.0.1'
  if (/^[a-z]+:\/\//i.test(server) || /^(\[.*\]|[^:]*):\d+$/.test(server)) {
    throw new UsageError(`--port ${port}: the server ${server} already has a port or a scheme. Give only one of them`)
  }
  const host = server.replace(/^\[(.*)\]$/, '$1')
  return { ...input, words: input.words.filter((_, at) => at !== index), server: formatAuthority(host, port) }
}

/** Words by their kind: as with dig, `@` begins a server, a type or class sets it, and all others are names. */
export interface Words {
  readonly names: readonly string[]
  readonly types: readonly TypeName[]
  readonly class: ClassName | undefined
  readonly server: string | undefined
}

/** @throws UsageError if there is more than one server or class */
export function classifyWords(words: readonly string[]): Words {
  const names: string[] = []
  const types: TypeName[] = []
  let single: Pick<Words, 'class' | 'server'> = { class: undefined, server: undefined }
  for (const word of words) {
    const type = parseTypeName(word)
    const code = classes.code(word)
    if (type) types.push(type)
    else if (code !== undefined) single = { ...single, class: setOnce(single.class, classes.name(code), 'class') }
    else if (word.startsWith('@')) single = { ...single, server: setOnce(single.server, word.slice(1), 'server') }
    else names.push(word)
  }
  return { names, types, ...single }
}

function setOnce<Value>(previous: Value | undefined, value: Value, what: string): Value {
  if (previous !== undefined) throw new UsageError(`more than one ${what}: ${previous} and ${value}. Give only one`)
  return value
}

/**
 * Returns every name with every type; for `-x` addresses the default type is PTR. A type without a name queries the root.
 *
 * @throws UsageError if a name, type, class or address is invalid, or if there is no question
 */
export function questionsOf(input: DnsInput, words: Words): readonly [Question, ...Question[]] {
  const types = [...words.types, ...input.type.map(parseType)]
  const recordClass = words.class ?? parseClass(input.class)
  const combine = (names: readonly string[], defaultType: TypeName) =>
    names.flatMap(name =>
      (types.length > 0 ? types : [defaultType]).map(type => ({
        name: parseQueryName(name),
        type,
        class: recordClass,
      })),
    )
  const isRoot = types.length > 0 && words.names.length === 0 && input.reverse.length === 0
  const names = isRoot ? ['.'] : words.names
  const [first, ...more] = [...combine(names, 'A'), ...combine(input.reverse.map(reverseName), 'PTR')]
  if (!first) throw new UsageError('the name is missing. Give one, as in: fourwire dns www.fourwire.test')
  return [first, ...more]
}

/**
 * Returns the transport that a flag selects.
 *
 * @throws UsageError if several flags select one
 */
export function transportOf({ tcp, tls, https }: DnsInput): Transport | undefined {
  const chosen = Object.entries({ tcp, tls, https }).flatMap(([name, on]) => (on ? [name as Transport] : []))
  if (chosen.length > 1) {
    throw new UsageError(`more than one transport: ${chosen.map(name => `--${name}`).join(' and ')}. Give only one`)
  }
  return chosen[0]
}

export type Mode = 'query' | 'walk' | 'transfer'

/** @throws UsageError if flags select several modes, or if a walk or transfer has several questions */
export function modeOf({ walk, axfr, ixfr }: DnsInput, questions: readonly Question[]): Mode {
  const isTransfer = axfr || ixfr !== undefined || questions.some(({ type }) => type === 'AXFR')
  if ([walk, axfr, ixfr !== undefined].filter(Boolean).length > 1) {
    throw new UsageError('--walk, --axfr and --ixfr exclude each other. Give only one')
  }
  if ((walk || isTransfer) && questions.length > 1) {
    throw new UsageError(`${walk ? 'a walk' : 'a transfer'} takes only one name and one type`)
  }
  if (isTransfer) return 'transfer'
  return walk ? 'walk' : 'query'
}

/** Returns the fields of the OPT record; false for no OPT record. */
export function ednsOf({ edns, ednsVersion, bufsize, dnssec, nsid }: DnsInput): Partial<Edns> | false {
  if (!edns) return false
  const options = nsid ? [{ code: OPTION_CODES.NSID, data: Buffer.alloc(0) }] : []
  return { version: ednsVersion, udpPayloadSize: bufsize, dnssecOk: dnssec, options }
}
