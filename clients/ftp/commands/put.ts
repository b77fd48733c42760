/** `fourwire ftp put`: from a file or standard input. */
import { addAbortSignal } from 'node:stream'
import * as z from 'zod'
import { formatBytes } from '../../../shared/format-bytes.ts'
import { defineCommand } from '../../../shared/service.ts'
import { put } from '../operations/put.ts'
import { targetFlags, toTarget, url } from './flags.ts'
import { withLoginHint } from './login-hint.ts'
import { withProgress } from './transfer-bar.ts'

export const putCommand = defineCommand({
  name: 'put',
  summary: 'upload a file',
  positional: ['file', 'url'],
  input: z.object({ file: z.string().describe('file to upload; - is standard input'), url, ...targetFlags }),
  example: 'fourwire ftp put notes.txt /files/ --user alice --password wonderland',
  run: async ({ file, ...input }, context) => {
    const from = file === '-' ? addAbortSignal(context.signal, context.stdin) : file
    const target = await toTarget(input)
    const result = await withLoginHint(target, () =>
      withProgress(context, onProgress => put({ ...target, from, onProgress }, context)),
    )
    context.show(result, `${result.path}: ${formatBytes(result.size)}`)
  },
})
