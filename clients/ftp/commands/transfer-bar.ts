/** Shows the progress of transfers on a terminal. */
import { formatBytes } from '../../../shared/format-bytes.ts'
import { progressBar, progressLine, renderFilesProgress, renderProgress } from '../../../shared/progress-bar.ts'
import type { ClientContext } from '../../../shared/service.ts'
import type { OnProgress } from '../operations/result.ts'
import type { FtpPartial } from '../transfer/partial.ts'
import type { OnFilesProgress } from '../transfer/progress.ts'

type Output = Pick<ClientContext, 'stderr'>

/** Runs the transfer of one stream. */
export async function withProgress<Result>(
  { stderr }: Output,
  transfer: (onProgress: OnProgress | undefined) => Promise<Result>,
): Promise<Result> {
  const bar = progressBar(stderr, () => performance.now())
  try {
    return await transfer(bar && (({ bytes, total }) => bar.onProgress(bytes, total)))
  } finally {
    bar?.clear()
  }
}

/** Bounds the interrupted downloads that are named. */
const MAX_NAMED = 5

/**
 * Runs a download of files, and then names those that were interrupted and can be continued.
 *
 * @param how the command that continues them
 */
export async function withPartials<Result>(
  { stderr }: Output,
  how: string,
  download: (onPartial: (partial: FtpPartial) => void) => Promise<Result>,
): Promise<Result> {
  const partials: FtpPartial[] = []
  try {
    return await download(partial => partials.push(partial))
  } finally {
    for (const { file, size } of partials.slice(0, MAX_NAMED)) {
      stderr.write(`${formatBytes(size)} are in ${file}. ${how} downloads the rest\n`)
    }
    if (partials.length > MAX_NAMED) stderr.write(`and ${partials.length - MAX_NAMED} more\n`)
  }
}

/** Runs the transfer of files; of one file, the line has a bar. */
export async function withFilesProgress<Result>(
  { stderr }: Output,
  transfer: (onProgress: OnFilesProgress | undefined) => Promise<Result>,
): Promise<Result> {
  const line = progressLine(stderr, () => performance.now())
  const onProgress: OnFilesProgress = ({ overall }) =>
    line?.draw(elapsed =>
      overall.files === 1
        ? renderProgress(overall.bytes, overall.total, elapsed)
        : renderFilesProgress(overall, elapsed),
    )
  try {
    return await transfer(line && onProgress)
  } finally {
    line?.clear()
  }
}
