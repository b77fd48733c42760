/** Formats listings for people. Pure. */
import type { FtpEntry } from '../session/entry.ts'

/** Returns a line for each entry: size in bytes, time in UTC, name; with `long`, permissions, owner and group before them. */
export function listingLines(entries: readonly FtpEntry[], long: boolean): string[] {
  if (!long) return entries.map(entry => `${sizeOf(entry).padStart(12)}  ${timeOf(entry).padEnd(16)}  ${nameOf(entry)}`)
  const rows = entries.map(entry => [
    modeOf(entry),
    entry.owner ?? '-',
    entry.group ?? '-',
    sizeOf(entry),
    timeOf(entry),
  ])
  const widths = [0, 1, 2, 3, 4].map(column => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  const pad = (cell: string, column: number) => {
    const width = widths[column] ?? 0
    return column === SIZE_COLUMN ? cell.padStart(width) : cell.padEnd(width)
  }
  return entries.map((entry, index) =>
    [...(rows[index] ?? []).map(pad), `${nameOf(entry)}${targetOf(entry)}`].join('  '),
  )
}

const SIZE_COLUMN = 3

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
