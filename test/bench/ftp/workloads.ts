/** What the bench does with every server. Pure. */

/** Sessions of the bench at the same time. */
export const MAX_SESSIONS = 5000
export const ENTRIES = 10_000
export const BUSY_SESSIONS = 200

/** The files that every server serves. */
export const FILES = { big: 'big.bin', small: '1k.bin', medium: '64k.bin', many: 'many', uploads: 'up' } as const
export const SMALL_BYTES = 1024
export const MEDIUM_BYTES = 64 * 1024

export type Action = 'get' | 'login' | 'put' | 'list'

export interface Workload {
  readonly summary: string
  readonly unit: 'MB/s' | 'files/s' | 'listings/s'
  /** The program that loads the server: `client.c`, curl for TLS, or Python's ftplib. */
  readonly program: 'client' | 'curl' | 'ftplib'
  readonly action: Action
  /** The file, or the command of a listing. */
  readonly argument: string
  /** Default: 1. */
  readonly sessions?: number
  /** True if the file is on the disk before the next command: the bench calls fsync after a server that does not. */
  readonly isDurable?: true
}

const SMALL_GET = { unit: 'files/s', program: 'client', action: 'get', argument: FILES.small } as const
const SMALL_PUT = { unit: 'files/s', program: 'client', action: 'put', argument: `${FILES.uploads}/small` } as const
const BIG_PUT = { unit: 'MB/s', action: 'put', argument: `${FILES.uploads}/big` } as const

export const WORKLOADS = {
  RETR: {
    summary: 'RETR of one large file',
    unit: 'MB/s',
    program: 'client',
    action: 'get',
    argument: FILES.big,
  },
  STOR: { summary: 'STOR of one large file; Fourwire calls fsync, the others do not', program: 'client', ...BIG_PUT },
  'STOR durable': {
    summary: 'STOR of one large file, on the disk at the end',
    program: 'client',
    isDurable: true,
    ...BIG_PUT,
  },
  'RETR TLS': {
    summary: 'RETR of one large file over TLS (curl)',
    unit: 'MB/s',
    program: 'curl',
    action: 'get',
    argument: FILES.big,
  },
  'STOR TLS': {
    summary: 'STOR of one large file over TLS (curl); Fourwire calls fsync, the others do not',
    program: 'curl',
    ...BIG_PUT,
  },
  small: { summary: 'downloads of 1 KiB on one session', ...SMALL_GET },
  ftplib: { summary: "downloads of 1 KiB on one session with Python's ftplib", ...SMALL_GET, program: 'ftplib' },
  login: { summary: 'downloads of 1 KiB with a login each', ...SMALL_GET, action: 'login' },
  uploads: { summary: 'uploads of 1 KiB on one session; Fourwire calls fsync, the others do not', ...SMALL_PUT },
  'uploads durable': { summary: 'uploads of 1 KiB on one session, each on the disk', isDurable: true, ...SMALL_PUT },
  'sessions 1 KiB': {
    summary: `downloads of 1 KiB on ${BUSY_SESSIONS} sessions at once`,
    ...SMALL_GET,
    sessions: BUSY_SESSIONS,
  },
  'sessions 64 KiB': {
    summary: `downloads of 64 KiB on ${BUSY_SESSIONS} sessions at once`,
    ...SMALL_GET,
    argument: FILES.medium,
    sessions: BUSY_SESSIONS,
  },
  LIST: {
    summary: `LIST of ${ENTRIES} entries`,
    unit: 'listings/s',
    program: 'client',
    action: 'list',
    argument: `LIST ${FILES.many}`,
  },
  MLSD: {
    summary: `MLSD of ${ENTRIES} entries`,
    unit: 'listings/s',
    program: 'client',
    action: 'list',
    argument: `MLSD ${FILES.many}`,
  },
} as const satisfies Readonly<Record<string, Workload>>

export type WorkloadName = keyof typeof WORKLOADS

/** True if the client sends the large file: one run sends it once. */
export function isLargeUpload({ action, unit }: Workload): boolean {
  return action === 'put' && unit === 'MB/s'
}
