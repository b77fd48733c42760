/** How an entry of a folder is written: LIST for people (as `ls -l` does), MLSD for programs (RFC 3659, section 7). Pure. */

export interface Entry {
  readonly name: string
  readonly kind: 'file' | 'directory'
  readonly size: number
  readonly modified: Date
  /** The permission bits of the file system. */
  readonly mode: number
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** `ls` shows the hour of what is younger than half a year, and the year of anything else. */
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
  // `ls` gives the year of a time to come too.
  if (age < 0 || age > HALF_A_YEAR_MS) return `${day}  ${time.getUTCFullYear()}`
  return `${day} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

/** `20261122170000`, the form of MDTM and of the fact `modify` (RFC 3659, section 2.3). */
export function formatTime(time: Date): string {
  return time.toISOString().replace(/\..*$/, '').replace(/[-T:]/g, '')
}

/** What can be told of an entry; all are told unless `OPTS MLST` chose some. */
export const FACTS = ['type', 'size', 'modify', 'perm'] as const
export type Fact = (typeof FACTS)[number]

/** `type=file;size=21;modify=20261122170000;perm=r; hello.txt` */
export function formatFacts(entry: Entry, facts: readonly Fact[], writes: boolean): string {
  const told: Record<Fact, string> = {
    type: entry.kind === 'directory' ? 'dir' : 'file',
    size: String(entry.size),
    modify: formatTime(entry.modified),
    perm: permission(entry.kind, writes),
  }
  const chosen = facts.filter(fact => fact !== 'size' || entry.kind === 'file')
  return `${chosen.map(fact => `${fact}=${told[fact]};`).join('')} ${entry.name}`
}

/** What this account may do with it, by the letters of RFC 3659, section 7.5.5. */
function permission(kind: Entry['kind'], writes: boolean): string {
  if (kind === 'directory') return writes ? 'cdeflmp' : 'el'
  return writes ? 'adfrw' : 'r'
}

/** The facts that `OPTS MLST type;size;` asks for, of those there are, in our order; unknown ones are left out. */
export function chooseFacts(list: string): readonly Fact[] {
  const wanted = new Set(list.toLowerCase().split(';'))
  return FACTS.filter(fact => wanted.has(fact))
}
