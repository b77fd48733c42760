/** In which order to try what MX and SRV records name. Pure: chance comes in as a function like `Math.random`. */
import type { MxData, SrvData } from '../../shared/dns/message.ts'

type Chance = () => number

/** The least preference first; equals in random order, so that they share the load (RFC 5321, section 5.1). */
export function orderMx(records: readonly MxData[], chance: Chance): MxData[] {
  return byGroups(
    records,
    ({ preference }) => preference,
    equals => shuffled(equals, () => 1, chance),
  )
}

/** The least priority first; within one, by chance in proportion to the weights (RFC 2782, page 4). */
export function orderSrv(records: readonly SrvData[], chance: Chance): SrvData[] {
  // Weight 0 has a very small chance beside others, not none.
  return byGroups(
    records,
    ({ priority }) => priority,
    equals => shuffled(equals, ({ weight }) => weight || SMALL, chance),
  )
}

const SMALL = 0.01

function byGroups<Item>(
  items: readonly Item[],
  rank: (item: Item) => number,
  order: (group: Item[]) => Item[],
): Item[] {
  const ranks = [...new Set(items.map(rank))].sort((one, other) => one - other)
  return ranks.flatMap(one => order(items.filter(item => rank(item) === one)))
}

/** Draws one after the other, each with a chance in proportion to its weight. */
function shuffled<Item>(items: readonly Item[], weightOf: (item: Item) => number, chance: Chance): Item[] {
  const left = [...items]
  const drawn: Item[] = []
  while (left.length > 0) {
    let point = chance() * left.reduce((sum, item) => sum + weightOf(item), 0)
    const index = left.findIndex(item => {
      point -= weightOf(item)
      return point < 0
    })
    // A sum of fractions can fall short of its parts by a hair.
    drawn.push(...left.splice(index < 0 ? left.length - 1 : index, 1))
  }
  return drawn
}
