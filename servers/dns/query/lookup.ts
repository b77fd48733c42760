/**
 * Where a name stands in a zone (RFC 1034, section 4.3.2, step 3; RFC 6672, section 3.2): there, at or below a cut, below
 * a DNAME, covered by a wildcard (RFC 4592), or nowhere. Pure.
 */
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { RecordOf } from '../../../shared/dns/message.ts'
import { parentOf, ROOT } from '../../../shared/dns/name.ts'
import { type Node, type RecordSet, recordSet } from '../zone/node.ts'
import type { Zone } from '../zone/zone.ts'

export type Place =
  /** The name exists, or a wildcard stands for it. */
  | { readonly kind: 'node'; readonly node: Node }
  /** Another zone begins at or above the name: its NS records. */
  | { readonly kind: 'cut'; readonly delegation: RecordSet }
  /** A name above is redirected with all that is under it. */
  | { readonly kind: 'dname'; readonly dname: RecordOf<'DNAME'> }
  | { readonly kind: 'absent' }

const ABSENT: Place = { kind: 'absent' }

/** Finds the place of a folded name that is at or below the zone's origin. */
export function lookUp(zone: Zone, name: string, type: TypeName): Place {
  // From the name up: what leads away from higher up counts, and the first name that exists is the closest encloser.
  let place: Place | undefined
  let ancestor: string | undefined = name
  while (ancestor !== undefined) {
    const atOrigin: boolean = ancestor === zone.origin
    const node = zone.node(ancestor)
    if (node) {
      const away = leadsAway(node, atOrigin, ancestor === name, type)
      place = away ?? place ?? (ancestor === name ? { kind: 'node', node } : underEncloser(zone, ancestor))
    }
    ancestor = atOrigin ? undefined : parentOf(ancestor)
  }
  return place ?? ABSENT
}

/** RFC 4592, section 3.3.1: the wildcard counts only right under the closest encloser, the deepest name that exists. */
function underEncloser(zone: Zone, encloser: string): Place {
  const node = zone.node(encloser === ROOT ? '*' : `*.${encloser}`)
  return node ? { kind: 'node', node } : ABSENT
}

function leadsAway(node: Node, atOrigin: boolean, atName: boolean, type: TypeName): Place | undefined {
  // The DS records of a delegated zone are the parent's to answer for (RFC 4035, section 3.1.4.1).
  const delegation = atOrigin || (atName && type === 'DS') ? undefined : recordSet(node, 'NS')
  if (delegation) return { kind: 'cut', delegation }
  const dname = atName ? undefined : recordSet(node, 'DNAME')?.[0]
  return dname?.type === 'DNAME' ? { kind: 'dname', dname } : undefined
}
