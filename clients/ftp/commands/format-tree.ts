/** Formats trees as tree(1) does. Pure. */
import type { FtpTreeEntry } from '../operations/tree.ts'
import { printable } from './format-listing.ts'

/** Returns the lines: the root, its entries, and how many there are. */
export function treeLines(root: string, entries: readonly FtpTreeEntry[]): string[] {
  const children = new Map<string, FtpTreeEntry[]>()
  for (const entry of entries) {
    const parent = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/')))
    const siblings = children.get(parent)
    if (siblings) siblings.push(entry)
    else children.set(parent, [entry])
  }
  const directories = entries.filter(({ type }) => type === 'directory').length
  return [printable(root), ...linesOf('', '', children), '', summary(directories, entries.length - directories)]
}

function linesOf(parent: string, indent: string, children: ReadonlyMap<string, readonly FtpTreeEntry[]>): string[] {
  const siblings = children.get(parent) ?? []
  return siblings.flatMap(({ path, type }, index) => {
    const isLast = index === siblings.length - 1
    const name = `${printable(path.slice(path.lastIndexOf('/') + 1))}${type === 'directory' ? '/' : ''}`
    return [
      `${indent}${isLast ? '└── ' : '├── '}${name}`,
      ...linesOf(path, `${indent}${isLast ? '    ' : '│   '}`, children),
    ]
  })
}

function summary(directories: number, files: number): string {
  const noun = directories === 1 ? 'directory' : 'directories'
  return `${directories} ${noun}, ${files} ${files === 1 ? 'file' : 'files'}`
}
