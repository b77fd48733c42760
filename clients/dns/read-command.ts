/** From what was typed to what is asked. Pure. */
import { type ClassName, classes, parseTypeName, type TypeName } from '../../shared/dns/codes.ts'
import { OPTION_CODES } from '../../shared/dns/edns-options.ts'
import type { Edns } from '../../shared/dns/message.ts'
import type { Transport } from '../../shared/dns/resolver/transport.ts'
import { UsageError } from '../../shared/errors.ts'
import type { DnsInput } from './index.ts'
import { readClass, readName, readType, reverseName } from './read-question.ts'

/** One question as it was typed, checked. */
export interface TypedQuestion {
  readonly name: string
  readonly type: TypeName
  readonly class: ClassName
}

/** Words as dig takes them: what is a type or a class sets it, `@` begins a server, anything else is a name. */
export interface Words {
  readonly names: readonly string[]
  readonly types: readonly TypeName[]
  readonly class: ClassName | undefined
  readonly server: string | undefined
}

/** @throws UsageError for a second server or class */
export function sortWords(words: readonly string[]): Words {
  const names: string[] = []
  const types: TypeName[] = []
  let given: Pick<Words, 'class' | 'server'> = { class: undefined, server: undefined }
  for (const word of words) {
    const type = parseTypeName(word)
    const code = classes.code(word)
    if (type) types.push(type)
    else if (code !== undefined) given = { ...given, class: once(given.class, classes.name(code), 'class') }
    else if (word.startsWith('@')) given = { ...given, server: once(given.server, word.slice(1), 'server') }
    else names.push(word)
  }
  return { names, types, ...given }
}

function once<Value>(before: Value | undefined, value: Value, what: string): Value {
  if (before !== undefined) throw new UsageError(`one ${what} at a time: ${before} or ${value}`)
  return value
}

/**
 * Every name is asked for every type; an address of `-x` for its PTR, or those types. A type alone is asked of the root.
 *
 * @throws UsageError for what is no name, type, class or address, and where there is nothing to ask for
 */
export function questionsOf(input: DnsInput, words: Words): readonly [TypedQuestion, ...TypedQuestion[]] {
  const types = [...words.types, ...input.type.map(readType)]
  const recordClass = words.class ?? readClass(input.class)
  const ask = (names: readonly string[], byDefault: TypeName) =>
    names.flatMap(name =>
      (types.length > 0 ? types : [byDefault]).map(type => ({ name: readName(name), type, class: recordClass })),
    )
  const isRootMeant = types.length > 0 && words.names.length === 0 && input.reverse.length === 0
  const names = isRootMeant ? ['.'] : words.names
  const [first, ...more] = [...ask(names, 'A'), ...ask(input.reverse.map(reverseName), 'PTR')]
  if (!first) throw new UsageError('give a name, as in: fourwire dns www.fourwire.test')
  return [first, ...more]
}

/** How to ask, where a flag says it. @throws UsageError for several ways at once */
export function transportOf({ tcp, tls, https }: DnsInput): Transport | undefined {
  const chosen = Object.entries({ tcp, tls, https }).flatMap(([name, on]) => (on ? [name] : []))
  if (chosen.length > 1)
    throw new UsageError(`one way to ask at a time: ${chosen.map(name => `--${name}`).join(' or ')}`)
  if (tcp) return 'tcp'
  if (tls) return 'tls'
  return https ? 'https' : undefined
}

/** What to do with the questions. */
export type Mode = 'ask' | 'walk' | 'transfer'

/** @throws UsageError for several things at once */
export function modeOf({ walk, axfr, ixfr }: DnsInput, questions: readonly TypedQuestion[]): Mode {
  const isTransfer = axfr || ixfr !== undefined || questions.some(({ type }) => type === 'AXFR')
  if ([walk, axfr, ixfr !== undefined].filter(Boolean).length > 1) {
    throw new UsageError('one thing at a time: --walk, --axfr or --ixfr')
  }
  if ((walk || isTransfer) && questions.length > 1) {
    throw new UsageError(`${walk ? '--walk' : 'a transfer'} is for one name and one type at a time`)
  }
  if (isTransfer) return 'transfer'
  return walk ? 'walk' : 'ask'
}

/** What the OPT record is to say; false for none. */
export function ednsOf({ edns, ednsVersion, bufsize, dnssec, nsid }: DnsInput): Partial<Edns> | false {
  if (!edns) return false
  const options = nsid ? [{ code: OPTION_CODES.NSID, data: Buffer.alloc(0) }] : []
  return { version: ednsVersion, udpPayloadSize: bufsize, dnssecOk: dnssec, options }
}
