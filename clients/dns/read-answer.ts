/** What of a reply is the answer: aliases are followed, and only what was asked for is believed. Pure. */
import type { TypeName } from '../../shared/dns/codes.ts'
import type { DnsRecord, Message } from '../../shared/dns/message.ts'
import { fold, isAtOrBelow, labelsOf } from '../../shared/dns/name.ts'

export interface ReadAnswer {
  /** Of the type that was asked for, at the end of the aliases; may be none. */
  readonly records: readonly DnsRecord[]
  /** Where the aliases lead; the name that was asked for, where there are none. */
  readonly name: string
  /** The names on the way, the one that was asked for first. */
  readonly aliases: readonly string[]
}

/** Records of other names than the one asked for and its aliases are passed over: nobody asked for them. */
export function readAnswer({ answers }: Message, asked: string, type: TypeName): ReadAnswer {
  const aliases: string[] = []
  let name = asked
  for (;;) {
    const own = answers.filter(record => fold(record.name) === fold(name))
    const records = own.filter(record => type === 'ANY' || record.type === type)
    const alias = own.find(record => record.type === 'CNAME')
    // A name that is met again closes a circle, so the way ends before it.
    const isCircle = alias?.type === 'CNAME' && [name, ...aliases].some(one => fold(one) === fold(alias.data))
    if (records.length > 0 || alias?.type !== 'CNAME' || isCircle) return { records, name, aliases }
    aliases.push(name)
    name = alias.data
  }
}

/**
 * The addresses of a name that came along with the answer; those outside the zone that was asked are not believed
 * (RFC 2181, section 5.4.1).
 */
export function addressesAlong(reply: Message, asked: string, name: string): string[] {
  if (!isAtOrBelow(fold(name), zoneOf(reply, asked))) return []
  return addressesOf(name, reply.additionals)
}

/** The addresses of a name among records; IPv4 first, since it is what tests and small networks have. */
export function addressesOf(name: string, records: readonly DnsRecord[]): string[] {
  const own = records.filter(record => fold(record.name) === fold(name))
  return [
    ...own.flatMap(record => (record.type === 'A' ? [record.data] : [])),
    ...own.flatMap(record => (record.type === 'AAAA' ? [record.data] : [])),
  ]
}

/** What the server is responsible for, as far as the reply shows it; else the domain of the name itself. */
function zoneOf({ authorities }: Message, asked: string): string {
  const shown = authorities.find(({ name, type }) => type === 'NS' && isAtOrBelow(fold(asked), fold(name)))
  // A whole top-level domain is too much to believe.
  if (shown && labelsOf(shown.name).length > 1) return fold(shown.name)
  const labels = labelsOf(asked)
  const first = labels.findIndex(label => !label.startsWith('_'))
  return fold(first < 0 ? asked : labels.slice(first).join('.'))
}
