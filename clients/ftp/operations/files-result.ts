/** The result of a transfer of files and folders. Pure. */
import type { Location } from '../../../shared/service.ts'
import type { Skipped } from '../transfer/plan.ts'

/** What was done; with `dryRun`, what would be done. Paths are those on the side that changes. */
export interface FtpAction {
  readonly action: 'create' | 'download' | 'upload' | 'delete'
  readonly path: string
  /** The size of the file to transfer. */
  readonly size?: number
}

/** A file or folder for which the server or the disk refused an action. */
export interface FtpFailure {
  readonly path: string
  /** The code of the reply; a word if the failure is not a reply. */
  readonly code: number | string
  readonly text: string
  /** The number of files in a folder that could not be created, which were therefore not transferred. */
  readonly omitted?: number
}

export interface FtpFilesResult {
  readonly server: Location
  readonly dryRun: boolean
  readonly actions: readonly FtpAction[]
  /** The number of files transferred, and their bytes, without those that were there already. */
  readonly files: number
  readonly bytes: number
  /** The number of files that are the same on both sides. */
  readonly unchanged: number
  readonly skipped: readonly Skipped[]
  readonly failed: readonly FtpFailure[]
}
