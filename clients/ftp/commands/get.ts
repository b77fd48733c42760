/** `fourwire ftp get`: files, directories and patterns, or one file to standard output. */
import * as z from 'zod'
import { UsageError } from '../../../shared/errors.ts'
import { type ClientContext, defineCommand } from '../../../shared/service.ts'
import { get } from '../operations/get.ts'
import { getFiles } from '../operations/get-files.ts'
import { filesFlags, toFilesOptions } from './files-flags.ts'
import { type TargetFlags, targetFlags, toTarget, url } from './flags.ts'
import { describeFiles, filesError } from './format-files.ts'
import { withNamedRefusal } from './named-refusal.ts'
import { toStdout } from './stdout.ts'
import { withFilesProgress, withPartials, withProgress } from './transfer-bar.ts'

export const getCommand = defineCommand({
  name: 'get',
  summary: 'download a file, a directory, or what matches a pattern',
  positional: ['url', 'to'],
  input: z.object({
    url,
    to: z
      .string()
      .optional()
      .describe('local file or folder; - is standard output (default: the last part of the URL)'),
    ...filesFlags,
    ...targetFlags,
  }),
  example: 'fourwire ftp get /files/hello.txt -',
  run: async (input, context) => {
    if (input.to === '-') return getToStdout(input, context)
    const target = await toTarget(input)
    await withNamedRefusal(target, async () => {
      const result = await withPartials(context, '--continue', onPartial =>
        withFilesProgress(context, onProgress =>
          getFiles({ ...target, ...toFilesOptions(input), glob: true, to: input.to, onProgress, onPartial }, context),
        ),
      )
      const error = filesError(result)
      if (!error || result.actions.length > 0) context.show(result, describeFiles(result))
      if (error) throw error
    })
  },
})

async function getToStdout(input: TargetFlags, context: ClientContext): Promise<void> {
  if (context.json) throw new UsageError('--json and the file cannot both go to standard output. Give a FILE')
  const target = await toTarget(input)
  await withNamedRefusal(target, () =>
    withProgress(context, onProgress => get({ ...target, to: toStdout(context), onProgress }, context)),
  )
}
