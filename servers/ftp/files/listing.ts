/** Formats entries of a directory: LIST for people (like `ls -l`), MLSD for programs (RFC 3659, section 7). Pure. */

import type { Entry, EntryRights } from '../../../shared/files/entry.ts'

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

/**
 * Parses the format of `formatTime`; fractions of a second are ignored. Returns undefined if it is not a time: a leap second is the
 * second after it.
 */
export function parseTime(text: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?$/.exec(text)
  if (!parts) return undefined
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(Number)
  const time = new Date(Date.UTC(year, month - 1, day, hours, minutes, Math.min(seconds, 59)))
  const isValid = formatTime(time).slice(0, 12) === text.slice(0, 12) && seconds <= 60
  if (!isValid) return undefined
  return seconds === 60 ? new Date(time.getTime() + 1000) : time
}

/** The supported facts of an entry; `OPTS MLST` selects some of them. */
export const FACTS = ['type', 'size', 'modify', 'perm', 'unique', 'unix.mode'] as const
export type Fact = (typeof FACTS)[number]

/** `MLST type*;size;`: the line of FEAT, with a star after each selected fact (RFC 3659, section 7.8). */
export function factsFeature(selected: readonly Fact[]): string {
  return `MLST ${FACTS.map(fact => `${fact}${selected.includes(fact) ? '*' : ''};`).join('')}`
}

const VALUES: Readonly<Record<Fact, (entry: Entry, rights: EntryRights) => string>> = {
  type: ({ kind }) => (kind === 'directory' ? 'dir' : 'file'),
  size: ({ size }) => String(size),
  modify: ({ modified }) => formatTime(modified),
  perm: permission,
  unique: ({ unique }) => unique,
  'unix.mode': ({ mode }) => `0${(mode & 0o777).toString(8).padStart(3, '0')}`,
}

/** `type=file;size=21;modify=20261122170000;perm=r;unique=1g2;unix.mode=0644; hello.txt` */
export function formatFacts(entry: Entry, facts: readonly Fact[], rights: EntryRights): string {
  const selected = facts.filter(fact => fact !== 'size' || entry.kind === 'file')
  return `${selected.map(fact => `${fact}=${VALUES[fact](entry, rights)};`).join('')} ${entry.name}`
}

/**
 * The commands that will succeed for the account (RFC 3659, section 7.5.5): on a file a APPE, d DELE, f RNFR, r RETR, w STOR; on a
 * directory c STOR in it, d RMD, e CWD, f RNFR, l LIST, m MKD in it, p DELE in it. The root can be neither removed nor renamed.
 */
function permission({ kind, name }: Entry, { read, list, write, delete: purge }: EntryRights): string {
  if (kind === 'file') return `${write ? 'a' : ''}${purge ? 'df' : ''}${read ? 'r' : ''}${write ? 'w' : ''}`
  const removable = purge && name !== '/'
  const own = `${removable ? 'd' : ''}e${removable ? 'f' : ''}`
  return `${write ? 'c' : ''}${own}${list ? 'l' : ''}${write ? 'm' : ''}${purge ? 'p' : ''}`
}

/** Returns the known facts of a list such as `type;size;`, in the order of `FACTS`. */
export function parseFacts(list: string): readonly Fact[] {
  const names = new Set(list.toLowerCase().split(';'))
  return FACTS.filter(fact => names.has(fact))
}
