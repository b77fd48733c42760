/** Formats listings for people. Pure. */
import type { FtpEntry } from '../session/entry.ts'

/** Returns a line for each entry: size in bytes, time in UTC, name; with `long`, permissions, owner and group before them. */
export function listingLines(entries: readonly FtpEntry[], long: boolean): string[] {
  if (!long) return entries.map(entry => `${sizeOf(entry).padStart(12)}  ${timeOf(entry).padEnd(16)}  ${nameOf(entry)}`)
  const columns = [
    align(entries.map(modeOf)),
    align(entries.map(({ owner = '-' }) => printable(owner))),
    align(entries.map(({ group = '-' }) => printable(group))),
    align(entries.map(sizeOf), 'right'),
    align(entries.map(timeOf)),
    entries.map(entry => `${nameOf(entry)}${targetOf(entry)}`),
  ]
  return entries.map((_, row) => columns.map(column => column[row]).join('  '))
}

/** Gives the cells of a column the same width. */
function align(cells: readonly string[], side: 'left' | 'right' = 'left'): string[] {
  const width = cells.reduce((longest, { length }) => Math.max(longest, length), 0)
  return cells.map(cell => (side === 'left' ? cell.padEnd(width) : cell.padStart(width)))
}

function sizeOf({ type, size }: FtpEntry): string {
  return type === 'directory' ? '-' : String(size)
}

function timeOf({ modified, shownTime = '' }: FtpEntry): string {
  return modified === undefined ? printable(shownTime) : modified.slice(0, 16).replace('T', ' ')
}

function nameOf({ name, type }: FtpEntry): string {
  return `${printable(name)}${type === 'directory' ? '/' : ''}`
}

function targetOf({ target }: FtpEntry): string {
  return target === undefined ? '' : ` -> ${printable(target)}`
}

const TYPE_LETTERS = { file: '-', directory: 'd', link: 'l', unknown: '?' } as const

/** `drwxr-xr-x`; question marks if the server does not send the mode. */
function modeOf({ type, mode }: FtpEntry): string {
  const letters = 'rwxrwxrwx'.split('').map((letter, index) => ((mode ?? 0) & (0o400 >> index) ? letter : '-'))
  return TYPE_LETTERS[type] + (mode === undefined ? '?'.repeat(letters.length) : letters.join(''))
}

/** Replaces control characters: a file name from the server must not control the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}
