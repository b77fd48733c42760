/** Shows the progress of transfers on a terminal. */
import { progressBar, progressLine, renderFilesProgress, renderProgress } from '../../../shared/progress-bar.ts'
import type { ClientContext } from '../../../shared/service.ts'
import type { OnProgress } from '../operations/result.ts'
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
