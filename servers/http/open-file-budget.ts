/**
 * Divides the files that the process may have open: half for connections, a quarter for files that are being sent, and the rest
 * for everything else. Without it, idle clients could take them all, and new clients would be reset. Pure.
 */

/** Clients that read slowly must not keep more files open. */
const MAX_SENT_FILES = 256

export interface OpenFileBudget {
  readonly connections: number
  readonly sentFiles: number
}

/** @param limit how many files the process may have open; Infinity if that is not known */
export function divideOpenFiles(limit: number): OpenFileBudget {
  return { connections: Math.floor(limit / 2), sentFiles: Math.min(MAX_SENT_FILES, Math.floor(limit / 4)) }
}
