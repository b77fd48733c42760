/** What a name has when several sources tell of it: run-time records over the file's, over what is published. Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import { findConflict, type Node, type RecordSet, recordSet } from '../zone/node.ts'

/** What was set at run time at one name, by type; undefined where the type was removed. */
export type Overrides = ReadonlyMap<TypeName, RecordSet | undefined>

/** The file's node with the run-time records over it. */
export function applyOverrides(file: Node, overrides: Overrides | undefined): Node {
  if (!overrides) return file
  const upper = [...overrides.values()].filter(set => set !== undefined)
  return mergeLower(
    upper,
    file.filter(([first]) => !overrides.has(first.type)),
  )
}

/** The node with those of the lower sets that can stand with it: not of its types, not beside an alias (RFC 1034, 3.6.2). */
export function mergeLower(upper: Node, lower: Node): Node {
  const fitting = lower.filter(([first]) => !recordSet(upper, first.type) && !findConflict(upper, first, true))
  return fitting.length === 0 ? upper : [...upper, ...fitting]
}

/** The overrides that lead from `before` to `after`; a type that is removed needs one only where a lower layer has it. */
export function nextOverrides(change: {
  before: Node
  after: Node
  lower: Node
  old: Overrides | undefined
}): Overrides {
  const { before, after, lower } = change
  const overrides = new Map(change.old)
  for (const [{ type }] of [...before, ...after]) {
    const set = recordSet(after, type)
    if (set === recordSet(before, type)) continue
    if (set || recordSet(lower, type)) overrides.set(type, set)
    else overrides.delete(type)
  }
  return overrides
}
