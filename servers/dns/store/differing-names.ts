/** At which names a file differs from the one read before. Pure. */

import type { Node } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'
import { MAX_CHANGED_RECORDS, recordsMissingIn } from './history.ts'
import type { LayeredZone } from './layered-zone.ts'

/** How many names are looked at before others may run: about a millisecond's work. */
const NAMES_A_STEP = 1000
const NOTHING: Node = []

/** The names, the apex always among them; undefined where they are too many to go through one by one, or none is served. */
export function* differingNames(served: LayeredZone, file: Zone): Generator<void, ReadonlySet<string> | undefined> {
  const { zone } = served
  if (!zone) return undefined
  const differing = new Set([served.origin])
  let seen = 0
  for (const [name, is] of bothNodes(zone, file)) {
    if (++seen % NAMES_A_STEP === 0) yield
    const was = served.fileNode(name)
    if (recordsMissingIn(was, is).length + recordsMissingIn(is, was).length > 0) differing.add(name)
    if (differing.size > MAX_CHANGED_RECORDS) return undefined
  }
  return differing
}

/** What the file has at its names, then at those of the zone served: most come twice, which costs less than to tell. */
function* bothNodes(zone: Zone, file: Zone): Generator<readonly [string, Node]> {
  yield* file.names()
  for (const [name] of zone.names()) yield [name, file.node(name) ?? NOTHING]
}
