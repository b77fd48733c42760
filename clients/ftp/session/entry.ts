/** The entries of listings, from basic-ftp's. Pure. */
import type { FileInfo } from 'basic-ftp'

/** One file or directory of a listing. */
export interface FtpEntry {
  readonly name: string
  readonly type: 'file' | 'directory' | 'link' | 'unknown'
  /** In bytes. */
  readonly size: number
  /** In ISO 8601, if the server sends the exact time (MLSD). */
  readonly modified?: string
  /** The time as the server shows it to people (LIST), if it does not send the exact time: `Nov 2 2020`. */
  readonly shownTime?: string
  /** The bits of the mode, if the server sends them: 0o644. */
  readonly mode?: number
  readonly owner?: string
  readonly group?: string
  /** The target of a link, if the server sends it. */
  readonly target?: string
}

const TYPES = ['unknown', 'file', 'directory', 'link'] as const

/** Converts an entry of basic-ftp. */
export function toEntry(info: FileInfo): FtpEntry {
  const { name, type, size, modifiedAt, rawModifiedAt, permissions, user, group, link } = info
  return {
    name,
    type: TYPES[type] ?? 'unknown',
    size,
    ...(modifiedAt ? { modified: modifiedAt.toISOString() } : rawModifiedAt !== '' && { shownTime: rawModifiedAt }),
    ...(permissions && { mode: permissions.user * 64 + permissions.group * 8 + permissions.world }),
    ...(user !== undefined && { owner: user }),
    ...(group !== undefined && { group }),
    ...(link !== undefined && { target: link }),
  }
}

/**
 * Returns the line of a listing (MLSD) that has the facts in a reply to MLST: without the path, and with the type of a directory
 * that is listed itself. Undefined if the reply has no facts.
 */
export function factsLine(message: string, name: string): string | undefined {
  const facts = /^ (\S+;) /m.exec(message)?.[1]
  return facts && `${facts.replace(/(^|;)(type=)[cp]dir;/i, '$1$2dir;')} ${name}`
}
