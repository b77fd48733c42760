/** The requests of `getFiles` and `putFiles`. Pure. */
import { UsageError } from '../../../shared/errors.ts'
import type { FtpTarget } from '../target.ts'
import type { FtpPartial } from '../transfer/partial.ts'
import type { OnFilesProgress } from '../transfer/progress.ts'

/** How to transfer files and folders. */
export interface FtpFilesOptions {
  /** Transfers only files whose size or time differ. The source must be one directory. */
  readonly mirror?: boolean | undefined
  /** With `mirror`: deletes what the source does not have. */
  readonly delete?: boolean | undefined
  /** Returns the actions without taking them. */
  readonly dryRun?: boolean | undefined
  /** Continues interrupted transfers. */
  readonly continue?: boolean | undefined
  /** Gives the files the times of the source. Default: true for folders. */
  readonly keepTimes?: boolean | undefined
  /** The number of transfers at once, each in a session of its own. Default: 4. */
  readonly parallel?: number | undefined
  readonly onProgress?: OnFilesProgress | undefined
}

export interface FtpGetFilesRequest extends FtpTarget, FtpFilesOptions {
  /** The path is a pattern: `*`, `?`, `[a-z]`, and a backslash before a character that is literal. */
  readonly glob?: boolean | undefined
  /** A folder that exists gets the files. Otherwise the name for a file or directory. Default: the working folder. */
  readonly to?: string | undefined
  /** Called for each download that was interrupted and can be continued. */
  readonly onPartial?: ((partial: FtpPartial) => void) | undefined
}

export interface FtpPutFilesRequest extends FtpTarget, FtpFilesOptions {
  /** Files and folders. */
  readonly from: readonly string[]
}

/** The number of transfers at once, if the caller does not choose. */
export const DEFAULT_PARALLEL = 4

/** @throws UsageError for `delete` without `mirror` */
export function checkDelete({ mirror, delete: deletes }: FtpFilesOptions): void {
  if (deletes && !mirror) throw new UsageError('--delete works only with --mirror. Add --mirror')
}
