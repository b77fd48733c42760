/** Shows the progress of a transfer on a terminal. */
import { progressBar } from '../../../shared/progress-bar.ts'
import type { ClientContext } from '../../../shared/service.ts'
import type { OnProgress } from '../operations/result.ts'

/** Runs the transfer of one file. */
export async function withProgress<Result>(
  context: ClientContext,
  transfer: (onProgress: OnProgress | undefined) => Promise<Result>,
): Promise<Result> {
  const bar = progressBar(context.stderr, () => performance.now())
  try {
    return await transfer(bar && (({ bytes, total }) => bar.onProgress(bytes, total)))
  } finally {
    bar?.clear()
  }
}
