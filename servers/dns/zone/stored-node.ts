/**
 * How a zone keeps a node: most names of large zones have one record, which is kept as it is, without the two lists around
 * it. That is a third of the memory. Pure.
 */
import type { DnsRecord } from '../../../shared/dns/message.ts'
import type { Node } from './zone.ts'

export type StoredNode = DnsRecord | Node

export function store(node: Node): StoredNode {
  const [set, ...others] = node
  return set?.length === 1 && others.length === 0 ? set[0] : node
}

export function restore(stored: StoredNode): Node {
  return isNode(stored) ? stored : [[stored]]
}

function isNode(stored: StoredNode): stored is Node {
  return Array.isArray(stored)
}
