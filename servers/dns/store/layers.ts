/** Combines the layers of a zone at one name: run-time records, the file's records, published records. Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import { findConflict, type Node, type RecordSet, recordSet } from '../zone/node.ts'

/** The record sets set at run time at one name, by type; undefined for a removed type. */
export type Overrides = ReadonlyMap<TypeName, RecordSet | undefined>

/** Returns the file's node with the overrides applied. */
export function applyOverrides(file: Node, overrides: Overrides | undefined): Node {
  if (!overrides) return file
  const upper = [...overrides.values()].filter(set => set !== undefined)
  return mergeLower(
    upper,
    file.filter(([first]) => !overrides.has(first.type)),
  )
}

/** Returns the upper node, and the lower sets of other types that do not conflict with it (RFC 1034, section 3.6.2). */
export function mergeLower(upper: Node, lower: Node): Node {
  const fitting = lower.filter(([first]) => !recordSet(upper, first.type) && !findConflict(upper, first, true))
  return fitting.length === 0 ? upper : [...upper, ...fitting]
}

/** Returns the overrides that turn `before` into `after`. A removed type needs one only if a lower layer has the type. */
export function nextOverrides(change: {
  before: Node
  after: Node
  lower: Node
  current: Overrides | undefined
}): Overrides {
  const { before, after, lower } = change
  const overrides = new Map(change.current)
  for (const [{ type }] of [...before, ...after]) {
    const set = recordSet(after, type)
    if (set === recordSet(before, type)) continue
    if (set || recordSet(lower, type)) overrides.set(type, set)
    else overrides.delete(type)
  }
  return overrides
}
