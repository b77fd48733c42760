/** `fourwire ftp put`: files and folders, or standard input. */
import { addAbortSignal } from 'node:stream'
import * as z from 'zod'
import { UsageError } from '../../../shared/errors.ts'
import { formatBytes } from '../../../shared/format-bytes.ts'
import { type ClientContext, defineCommand } from '../../../shared/service.ts'
import { put } from '../operations/put.ts'
import { putFiles } from '../operations/put-files.ts'
import type { FtpTarget } from '../target.ts'
import { filesFlags, toFilesOptions } from './files-flags.ts'
import { targetFlags, toTarget } from './flags.ts'
import { describeFiles, filesError } from './format-files.ts'
import { withLoginHint } from './login-hint.ts'
import { withFilesProgress, withProgress } from './transfer-bar.ts'

export const putCommand = defineCommand({
  name: 'put',
  summary: 'upload files and folders',
  positional: ['paths'],
  usage: '<file...> <url>',
  input: z.object({
    paths: z
      .array(z.string())
      .min(2, 'give FILE and URL')
      .describe('files and folders to upload (- is standard input), then the URL to upload to'),
    ...filesFlags,
    ...targetFlags,
  }),
  example: 'fourwire ftp put notes.txt /files/ --user alice --password wonderland',
  run: async (input, context) => {
    const from = input.paths.slice(0, -1)
    const target = await toTarget({ ...input, url: input.paths.at(-1) ?? '' })
    if (from.includes('-')) return putStdin(from, target, context)
    await withLoginHint(target, async () => {
      const result = await withFilesProgress(context, onProgress =>
        putFiles({ ...target, ...toFilesOptions(input), from, onProgress }, context),
      )
      const error = filesError(result)
      if (!error || result.actions.length > 0) context.show(result, describeFiles(result))
      if (error) throw error
    })
  },
})

async function putStdin(from: readonly string[], target: FtpTarget, context: ClientContext): Promise<void> {
  if (from.length > 1) throw new UsageError('standard input (-) and files cannot go to one URL. Upload them one by one')
  const stdin = addAbortSignal(context.signal, context.stdin)
  const result = await withLoginHint(target, () =>
    withProgress(context, onProgress => put({ ...target, from: stdin, onProgress }, context)),
  )
  context.show(result, `${result.path}: ${formatBytes(result.size)}`)
}
