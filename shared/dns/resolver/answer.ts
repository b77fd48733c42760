/** Finds the answer in a response: follows aliases, collects addresses, orders MX and SRV records. Pure. */
import type { TypeName } from '../codes.ts'
import type { DnsRecord, Message, MxData, SrvData } from '../message.ts'
import { fold, isAtOrBelow, labelsOf } from '../name.ts'

export interface Answer {
  /** Records of the queried type at the end of the aliases; can be empty. */
  readonly records: readonly DnsRecord[]
  /** The name at the end of the aliases; without aliases, the queried name. */
  readonly name: string
  /** The names that are aliases, the queried name first. */
  readonly aliases: readonly string[]
}

/** Follows aliases from the queried name. Ignores the records of all other names. */
export function findAnswer({ answers }: Message, queryName: string, type: TypeName): Answer {
  const aliases: string[] = []
  let name = queryName
  for (;;) {
    const own = answers.filter(record => fold(record.name) === fold(name))
    const records = own.filter(record => type === 'ANY' || record.type === type)
    const alias = own.find(record => record.type === 'CNAME')
    const isLoop = alias?.type === 'CNAME' && [name, ...aliases].some(visited => fold(visited) === fold(alias.data))
    if (records.length > 0 || alias?.type !== 'CNAME' || isLoop) return { records, name, aliases }
    aliases.push(name)
    name = alias.data
  }
}

/**
 * Returns the addresses of a name from the additional section, if the name is inside the zone that the server answered for:
 * a server is not trusted for other zones (RFC 2181, section 5.4.1).
 */
export function additionalAddresses(response: Message, queryName: string, name: string): string[] {
  if (!isAtOrBelow(fold(name), zoneOf(response, queryName))) return []
  return addressesOf(name, response.additionals)
}

/** Returns the addresses of a name; IPv4 first, since tests and small networks use it. */
export function addressesOf(name: string, records: readonly DnsRecord[]): string[] {
  const own = records.filter(record => fold(record.name) === fold(name))
  return [
    ...own.flatMap(record => (record.type === 'A' ? [record.data] : [])),
    ...own.flatMap(record => (record.type === 'AAAA' ? [record.data] : [])),
  ]
}

/** The zone of the NS records in the authority section; without them, the domain of the name. */
function zoneOf({ authorities }: Message, queryName: string): string {
  const delegation = authorities.find(({ name, type }) => type === 'NS' && isAtOrBelow(fold(queryName), fold(name)))
  // No server is trusted for a whole top-level domain.
  if (delegation && labelsOf(delegation.name).length > 1) return fold(delegation.name)
  const labels = labelsOf(queryName)
  const first = labels.findIndex(label => !label.startsWith('_'))
  return fold(first < 0 ? queryName : labels.slice(first).join('.'))
}

/** Returns a number from 0 to 1, excluding 1, like `Math.random`. */
type Random = () => number

/** The lowest preference first; equal preferences in random order, to share the load (RFC 5321, section 5.1). */
export function orderMx(records: readonly MxData[], random: Random): MxData[] {
  return orderGroups(
    records,
    ({ preference }) => preference,
    group => weightedShuffle(group, () => 1, random),
  )
}

/** The lowest priority first; equal priorities in random order, in proportion to the weights (RFC 2782, page 4). */
export function orderSrv(records: readonly SrvData[], random: Random): SrvData[] {
  return orderGroups(
    records,
    ({ priority }) => priority,
    group => weightedShuffle(group, ({ weight }) => weight || WEIGHT_FOR_ZERO, random),
  )
}

/** RFC 2782: weight 0 has "a very small chance of being selected". */
const WEIGHT_FOR_ZERO = 0.01

function orderGroups<Item>(
  items: readonly Item[],
  rankOf: (item: Item) => number,
  order: (group: Item[]) => Item[],
): Item[] {
  const ranks = [...new Set(items.map(rankOf))].sort((a, b) => a - b)
  return ranks.flatMap(rank => order(items.filter(item => rankOf(item) === rank)))
}

/** Draws the items one by one, each with a probability in proportion to its weight. */
function weightedShuffle<Item>(items: readonly Item[], weightOf: (item: Item) => number, random: Random): Item[] {
  const remaining = [...items]
  const drawn: Item[] = []
  while (remaining.length > 0) {
    let point = random() * remaining.reduce((sum, item) => sum + weightOf(item), 0)
    const index = remaining.findIndex(item => {
      point -= weightOf(item)
      return point < 0
    })
    // Because of rounding, the point can lie just behind the last item.
    drawn.push(...remaining.splice(index < 0 ? remaining.length - 1 : index, 1))
  }
  return drawn
}
