/** Looks up names in a zone (RFC 1034, section 4.3.2, step 3; RFC 4592; RFC 6672, section 3.2). Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { RecordOf } from '../../../shared/dns/message.ts'
import { parentOf, ROOT } from '../../../shared/dns/name.ts'
import { type Node, type RecordSet, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'

export type LookupResult =
  /** The name exists, or matches a wildcard. */
  | { readonly kind: 'node'; readonly node: Node }
  /** The name is at or below a zone cut, which has these NS records. */
  | { readonly kind: 'cut'; readonly delegation: RecordSet }
  /** The name is below a DNAME. */
  | { readonly kind: 'dname'; readonly dname: RecordOf<'DNAME'> }
  | { readonly kind: 'absent' }

const ABSENT: LookupResult = { kind: 'absent' }

/** Looks up a folded name at or below the origin of the zone. */
export function lookUp(zone: Zone, name: string, type: TypeName): LookupResult {
  // From the name up to the origin: the highest zone cut or DNAME decides, and the first existing name is the closest encloser.
  let result: LookupResult | undefined
  let ancestor: string | undefined = name
  while (ancestor !== undefined) {
    const atOrigin: boolean = ancestor === zone.origin
    const node = zone.node(ancestor)
    if (node) {
      const cutOrDname = findCutOrDname(node, atOrigin, ancestor === name, type)
      result = cutOrDname ?? result ?? (ancestor === name ? { kind: 'node', node } : findWildcard(zone, ancestor))
    }
    ancestor = atOrigin ? undefined : parentOf(ancestor)
  }
  return result ?? ABSENT
}

/** RFC 4592, section 3.3.1: only a wildcard directly below the closest encloser matches. */
function findWildcard(zone: Zone, closestEncloser: string): LookupResult {
  const node = zone.node(closestEncloser === ROOT ? '*' : `*.${closestEncloser}`)
  return node ? { kind: 'node', node } : ABSENT
}

function findCutOrDname(node: Node, atOrigin: boolean, atName: boolean, type: TypeName): LookupResult | undefined {
  // The parent zone has the DS records of a delegated zone (RFC 4035, section 3.1.4.1).
  const delegation = atOrigin || (atName && type === 'DS') ? undefined : recordSet(node, 'NS')
  if (delegation) return { kind: 'cut', delegation }
  const dname = atName ? undefined : recordSet(node, 'DNAME')?.[0]
  return dname?.type === 'DNAME' ? { kind: 'dname', dname } : undefined
}
