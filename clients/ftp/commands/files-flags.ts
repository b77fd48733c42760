/** The flags of `get` and `put`. */
import * as z from 'zod'
import { DEFAULT_PARALLEL, type FtpFilesOptions } from '../operations/files-request.ts'

/** Bounds `--parallel`. */
const MAX_PARALLEL = 16

const toggle = (describe: string, flag: string) => z.boolean().default(false).describe(describe).meta({ flag })

export const filesFlags = {
  mirror: toggle('transfer only what differs in size or time', '--mirror'),
  delete: toggle('with --mirror: delete what the source does not have', '--delete'),
  dryRun: toggle('print what would be done, and change nothing', '-n, --dry-run'),
  continue: toggle('continue interrupted transfers', '--continue'),
  keepTimes: toggle('give files the times of the source, as folders and mirrors do', '--keep-times'),
  parallel: z
    .number()
    .int()
    .min(1)
    .max(MAX_PARALLEL)
    .default(DEFAULT_PARALLEL)
    .describe('transfers at once, each in a session of its own')
    .meta({ placeholder: 'N' }),
}

interface FilesFlags {
  readonly mirror: boolean
  readonly delete: boolean
  readonly dryRun: boolean
  readonly continue: boolean
  readonly keepTimes: boolean
  readonly parallel: number
}

/** Returns the options that the flags describe. */
export function toFilesOptions(flags: FilesFlags): FtpFilesOptions {
  const { mirror, delete: deletes, dryRun, continue: continues, keepTimes, parallel } = flags
  return { mirror, delete: deletes, dryRun, continue: continues, keepTimes: keepTimes || undefined, parallel }
}
