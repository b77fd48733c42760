/** Formats entries of a directory: LIST for people (like `ls -l`), MLSD for programs (RFC 3659, section 7). Pure. */

import type { Entry } from '../../../shared/files/account-files.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** Like `ls`, shows the time of day for files younger than this, and the year for others. */
const HALF_A_YEAR_MS = 182 * 24 * 60 * 60 * 1000

/** `-rw-r--r--   1 ftp      ftp            21 Nov 22 17:00 hello.txt`, in UTC. */
export function formatList(entry: Entry, now: Date): string {
  const kind = entry.kind === 'directory' ? 'd' : '-'
  const size = String(entry.size).padStart(13)
  return `${kind}${permissions(entry.mode)}   1 ftp      ftp ${size} ${listTime(entry.modified, now)} ${entry.name}`
}

function permissions(mode: number): string {
  return [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 0o4, 0o2, 0o1]
    .map((bit, index) => (mode & bit ? ('rwx'[index % 3] ?? '') : '-'))
    .join('')
}

function listTime(time: Date, now: Date): string {
  const day = `${MONTHS[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)}`
  const age = now.getTime() - time.getTime()
  // Like `ls`, shows the year for times in the future too.
  if (age < 0 || age > HALF_A_YEAR_MS) return `${day}  ${time.getUTCFullYear()}`
  return `${day} ${twoDigits(time.getUTCHours())}:${twoDigits(time.getUTCMinutes())}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

/** `20261122170000`, the format of MDTM and of the fact `modify` (RFC 3659, section 2.3). */
export function formatTime(time: Date): string {
  return time.toISOString().replace(/\..*$/, '').replace(/[-T:]/g, '')
}

/** The supported facts of an entry; `OPTS MLST` selects some of them. */
export const FACTS = ['type', 'size', 'modify', 'perm'] as const
export type Fact = (typeof FACTS)[number]

/** `type=file;size=21;modify=20261122170000;perm=r; hello.txt` */
export function formatFacts(entry: Entry, facts: readonly Fact[], canWrite: boolean): string {
  const values: Record<Fact, string> = {
    type: entry.kind === 'directory' ? 'dir' : 'file',
    size: String(entry.size),
    modify: formatTime(entry.modified),
    perm: permission(entry.kind, canWrite),
  }
  const selected = facts.filter(fact => fact !== 'size' || entry.kind === 'file')
  return `${selected.map(fact => `${fact}=${values[fact]};`).join('')} ${entry.name}`
}

/** The permissions of the account (RFC 3659, section 7.5.5). */
function permission(kind: Entry['kind'], canWrite: boolean): string {
  if (kind === 'directory') return canWrite ? 'cdeflmp' : 'el'
  return canWrite ? 'adfrw' : 'r'
}

/** Returns the known facts of a list such as `type;size;`, in the order of `FACTS`. */
export function parseFacts(list: string): readonly Fact[] {
  const names = new Set(list.toLowerCase().split(';'))
  return FACTS.filter(fact => names.has(fact))
}
