/** What the operations have in common. Pure. */
import type { Location } from '../../../shared/service.ts'

export interface FtpResult {
  /** The server that the client connected to. */
  readonly server: Location
  readonly path: string
}

export interface FtpTransferResult extends FtpResult {
  /** Bytes transferred. */
  readonly size: number
  /** The local file, if there is one. */
  readonly file?: string
}

/** How far a transfer is. */
export interface FtpProgress {
  /** The file on the server. */
  readonly file: string
  /** Bytes transferred. */
  readonly bytes: number
  /** The size of the file; undefined if it is unknown. */
  readonly total: number | undefined
}

/** Called during a transfer. */
export type OnProgress = (progress: FtpProgress) => void
