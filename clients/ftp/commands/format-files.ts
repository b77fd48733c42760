/** Formats the result of a transfer of files for people. Pure. */
import { RefusedError } from '../../../shared/errors.ts'
import { formatBytes } from '../../../shared/format-bytes.ts'
import type { FtpAction, FtpFailure, FtpFilesResult } from '../operations/files-result.ts'
import { printable } from './format-listing.ts'

/** Returns one line for one file, and otherwise a summary; after the actions of a dry run, what would be done. */
export function describeFiles(result: FtpFilesResult): string {
  const [only, ...others] = result.actions
  const isOneFile = others.length === 0 && only?.size !== undefined && result.unchanged === 0 && !result.dryRun
  const lines = result.dryRun ? result.actions.map(describeAction) : []
  const main = isOneFile ? `${printable(only.path)}: ${formatBytes(only.size)}` : describeTotals(result)
  return [...lines, ...result.skipped.map(({ path, reason }) => `skipped  ${printable(path)}: ${reason}`), main].join(
    '\n',
  )
}

function describeAction({ action, path, size }: FtpAction): string {
  return `${action.padEnd(8)}  ${printable(path)}${size === undefined ? '' : `  ${formatBytes(size)}`}`
}

/** `12 files (3.4 MiB) downloaded, 2 folders created, 328 unchanged, 1 deleted` */
function describeTotals({ actions, files, bytes, unchanged, failed, dryRun }: FtpFilesResult): string {
  const of = (action: FtpAction['action']) => actions.filter(done => done.action === action)
  const [created, deleted, downloads, uploads] = [of('create'), of('delete'), of('download'), of('upload')]
  const transfers = [...downloads, ...uploads]
  const size = dryRun ? transfers.reduce((sum, { size = 0 }) => sum + size, 0) : bytes
  const verb = uploads.length > 0 ? 'uploaded' : 'downloaded'
  const parts = [
    `${count(dryRun ? transfers.length : files, 'file')} (${formatBytes(size)}) ${transfers.length > 0 ? verb : 'transferred'}`,
    ...(created.length > 0 ? [`${count(created.length, 'folder')} created`] : []),
    ...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
    ...(deleted.length > 0 ? [`${deleted.length} deleted`] : []),
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
  ]
  return `${dryRun ? 'would be done: ' : ''}${parts.join(', ')}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Bounds the failures that an error quotes. */
const MAX_QUOTED = 5

/** Returns the error of a transfer in which something failed; undefined if all succeeded. */
export function filesError({ failed, actions }: FtpFilesResult): RefusedError | undefined {
  const [first] = failed
  if (!first) return undefined
  if (failed.length === 1 && actions.length === 0) {
    return new RefusedError(first.code, first.text, first.omitted ? { message: describeFailure(first) } : {})
  }
  const quoted = failed.slice(0, MAX_QUOTED).map(describeFailure)
  const more = failed.length > MAX_QUOTED ? `; and ${failed.length - MAX_QUOTED} more` : ''
  const message = `${failed.length} of ${failed.length + actions.length} actions failed: ${quoted.join('; ')}${more}`
  return new RefusedError(first.code, first.text, { message })
}

function describeFailure({ path, code, text, omitted }: FtpFailure): string {
  const failure = typeof code === 'number' ? `${printable(path)}: ${code} ${text}` : text
  return omitted ? `${failure} (not transferred: ${count(omitted, 'file')} in it)` : failure
}
