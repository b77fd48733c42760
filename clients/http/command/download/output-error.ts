/** The error of `--output`. */
import { UsageError } from '../../../../shared/errors.ts'
import { fileProblem } from '../../../../shared/files/file-problem.ts'

/** The error for a file that cannot be written. */
export function outputError(file: string, cause: unknown): UsageError {
  return new UsageError(`--output ${file}: cannot write: ${fileProblem(cause)}`, { cause })
}
