/** Generates small random zones with wildcards, delegations and aliases, and questions about names near their records. */
import * as fc from 'fast-check'
import { checkZone } from '../../servers/dns/master-file/check-zone.ts'
import { runToCompletion } from '../../shared/async/cooperative.ts'
import type { TypeName } from '../../shared/dns/codes.ts'

export interface RandomZone {
  readonly origin: string
  readonly text: string
  readonly questions: readonly RandomQuestion[]
}

export interface RandomQuestion {
  readonly name: string
  readonly type: TypeName
}

/** Few labels, so that names interact: one is an alias of another, its parent, its sibling or matches its wildcard. */
const LABELS = ['a', 'b', 'c', 'd', '*']
const OUTSIDE = ['ns.outside.example.', 'x.other.example.']
const QUESTION_TYPES: readonly TypeName[] = ['A', 'A', 'A', 'A', 'AAAA', 'NS', 'CNAME', 'DNAME', 'DS', 'SOA']

/** Returns the same zones for the same seed. */
export function randomZones(seed: number, count: number, questionsEach: number): RandomZone[] {
  return Array.from({ length: count }, (_, index) => {
    const origin = `zone-${index}.test`
    const sample = <Value>(arbitrary: fc.Arbitrary<Value>): Value =>
      fc.sample(arbitrary, { seed: seed * count + index, numRuns: 1 })[0] as Value
    const lines = selectCompatible(origin, sample(fc.array(record(origin), { minLength: 4, maxLength: 12 })))
    const exactly = { minLength: questionsEach, maxLength: questionsEach }
    return { origin, text: textOf(lines), questions: sample(fc.array(question(origin, lines), exactly)) }
  })
}

const below = (origin: string, minLabels: number) =>
  fc
    .array(fc.constantFrom(...LABELS), { minLength: minLabels, maxLength: 3 })
    .map(labels => [...labels, `${origin}.`].join('.'))

function record(origin: string): fc.Arbitrary<string> {
  const name = below(origin, 0)
  const host = fc.oneof({ weight: 4, arbitrary: name }, { weight: 1, arbitrary: fc.constantFrom(...OUTSIDE) })
  const data = fc.oneof(
    fc.nat(250).map(last => `A 192.0.2.${last}`),
    fc.nat(99).map(last => `AAAA 2001:db8::${last}`),
    fc.constant('TXT "text"'),
    ...['CNAME', 'CNAME', 'DNAME', 'DNAME', 'NS', 'NS', 'MX 10', 'SRV 0 0 1', 'SVCB 1', 'PTR'].map(type =>
      host.map(text => `${type} ${text}`),
    ),
    host.map(text => `NAPTR 1 1 "s" "x" "" ${text}`),
  )
  return fc.tuple(name, data).map(([owner, rest]) => `${owner} 300 IN ${rest}`)
}

/** Returns an SOA, a name server, and those lines that form a valid zone with them. */
function selectCompatible(origin: string, lines: readonly string[]): string[] {
  const apex = [`${origin}. 300 IN SOA ns.outside.example. root.${origin}. 3 604800 86400 2419200 60`]
  const selected = [...apex, `${origin}. 300 IN NS ns.outside.example.`]
  for (const line of new Set(lines)) {
    const source = { origin, text: textOf([...selected, line]), file: origin }
    const { errors } = runToCompletion(checkZone(source, { complete: false }))
    const refused = selected.some(other => isRefused(line, other) || isRefused(other, line))
    if (errors.length === 0 && !refused && !isUndefined(line)) selected.push(line)
  }
  return selected
}

/** NSD rejects data below a DNAME, and Knot DNS NS records beside one (RFC 6672, section 2.4). */
function isRefused(line: string, other: string): boolean {
  if (!isDname(line)) return false
  const owner = ownerOf(line)
  return ownerOf(other).endsWith(`.${owner}`) || (ownerOf(other) === owner && other.includes(' IN NS '))
}

/** RFC 6672, section 3.3, does not define what the DNAME of a wildcard does. */
function isUndefined(line: string): boolean {
  return isDname(line) && line.startsWith('*')
}

const isDname = (line: string) => line.includes(' IN DNAME ')

const ownerOf = (line: string) => line.split(' ')[0] ?? ''

function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

/** Asks for a record's owner, a name below it, a match of its wildcard or any name; for the record's type or another. */
function question(origin: string, lines: readonly string[]): fc.Arbitrary<RandomQuestion> {
  return fc.constantFrom(...lines).chain(line => {
    const owner = ownerOf(line)
    const name = fc.oneof(
      { weight: 4, arbitrary: fc.constant(owner) },
      { weight: 3, arbitrary: fc.constantFrom(...LABELS, 'x').map(label => `${label}.${owner}`) },
      { weight: 2, arbitrary: fc.constantFrom('x', 'y.x', '*').map(label => owner.replace(/^\*/, label)) },
      { weight: 1, arbitrary: below(origin, 1) },
    )
    // `record` writes only types in this place.
    const type = fc.oneof(fc.constant(line.split(' ')[3] as TypeName), fc.constantFrom(...QUESTION_TYPES))
    return fc.record({ name, type })
  })
}
