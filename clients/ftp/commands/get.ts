/** `fourwire ftp get`: to a file, which appears when it is complete, or to standard output. */
import { Writable } from 'node:stream'
import * as z from 'zod'
import { UsageError } from '../../../shared/errors.ts'
import { formatBytes } from '../../../shared/format-bytes.ts'
import { type ClientContext, defineCommand } from '../../../shared/service.ts'
import { get } from '../operations/get.ts'
import { baseName, resolveTarget } from '../target.ts'
import { type TargetFlags, targetFlags, toTarget, url } from './flags.ts'
import { withProgress } from './transfer-bar.ts'

export const getCommand = defineCommand({
  name: 'get',
  summary: 'download a file',
  positional: ['url', 'file'],
  input: z.object({
    url,
    file: z.string().optional().describe('local file; - is standard output (default: the last part of the URL)'),
    ...targetFlags,
  }),
  example: 'fourwire ftp get /files/hello.txt -',
  run: async (input, context) => {
    if (input.file === '-') return getToStdout(input, context)
    const to = input.file ?? localName(input.url)
    const target = await toTarget(input)
    const result = await withProgress(context, onProgress => get({ ...target, to, onProgress }, context))
    context.show(result, `${result.file}: ${formatBytes(result.size)}`)
  },
})

/** Returns the file name of a URL, which must not lead out of the current folder. */
function localName(url: string): string {
  const name = baseName(resolveTarget({ url }).path)
  if (name === '' || name === '.' || name === '..')
    throw new UsageError(`${JSON.stringify(url)} does not end with a file name. get downloads one file`)
  return name
}

async function getToStdout(input: TargetFlags, context: ClientContext): Promise<void> {
  if (context.json) throw new UsageError('--json and the file cannot both go to standard output. Give a FILE')
  const to = new Writable({
    write: (bytes, _, done) => {
      context.stdout.write(bytes, error => done(error))
    },
  })
  const target = await toTarget(input)
  await withProgress(context, onProgress => get({ ...target, to, onProgress }, context))
}
