/**
 * Where a name stands in a zone (RFC 1034, section 4.3.2, step 3; RFC 6672, section 3.2): there, at or below a cut, below
 * a DNAME, covered by a wildcard (RFC 4592), or nowhere. Pure.
 */
import type { TypeName } from '../../shared/dns/codes.ts'
import type { RecordOf } from '../../shared/dns/message.ts'
import { parentOf, ROOT } from '../../shared/dns/name.ts'
import { type Node, type RecordSet, recordSet, type Zone } from './zone/zone.ts'

export type Place =
  /** The name exists, or a wildcard stands for it. */
  | { readonly kind: 'node'; readonly node: Node }
  /** Another zone begins at or above the name: its NS records. */
  | { readonly kind: 'cut'; readonly delegation: RecordSet }
  /** A name above is redirected with all that is under it. */
  | { readonly kind: 'dname'; readonly dname: RecordOf<'DNAME'> }
  | { readonly kind: 'absent' }

/** Finds the place of a folded name that is at or below the zone's origin. */
export function lookUp(zone: Zone, name: string, type: TypeName): Place {
  let encloser = zone.origin
  let node: Node = []
  for (const ancestor of namesDownTo(zone.origin, name)) {
    const next = zone.node(ancestor)
    if (!next) return underEncloser(zone, encloser)
    node = next
    const found = leadsAway(node, { atOrigin: ancestor === zone.origin, atName: ancestor === name, type })
    if (found) return found
    encloser = ancestor
  }
  return { kind: 'node', node }
}

/** RFC 4592, section 3.3.1: the wildcard counts only right under the closest encloser, the deepest name that exists. */
function underEncloser(zone: Zone, encloser: string): Place {
  const node = zone.node(encloser === ROOT ? '*' : `*.${encloser}`)
  return node ? { kind: 'node', node } : { kind: 'absent' }
}

function leadsAway(node: Node, at: { atOrigin: boolean; atName: boolean; type: TypeName }): Place | undefined {
  // The DS records of a delegated zone are the parent's to answer for (RFC 4035, section 3.1.4.1).
  const delegation = at.atOrigin || (at.atName && at.type === 'DS') ? undefined : recordSet(node, 'NS')
  if (delegation) return { kind: 'cut', delegation }
  const dname = at.atName ? undefined : recordSet(node, 'DNAME')?.[0]
  return dname?.type === 'DNAME' ? { kind: 'dname', dname } : undefined
}

/** The names from the origin down to the name, both included. */
function namesDownTo(origin: string, name: string): string[] {
  const names: string[] = []
  for (
    let above: string | undefined = name;
    above !== undefined;
    above = above === origin ? undefined : parentOf(above)
  ) {
    names.push(above)
  }
  return names.reverse()
}
