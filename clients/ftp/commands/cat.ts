/** `fourwire ftp cat`: files to standard output. */
import * as z from 'zod'
import { UsageError } from '../../../shared/errors.ts'
import { defineCommand } from '../../../shared/service.ts'
import { get } from '../operations/get.ts'
import { targetFlags, toTarget, url } from './flags.ts'
import { withNamedRefusal } from './named-refusal.ts'
import { toStdout } from './stdout.ts'

export const catCommand = defineCommand({
  name: 'cat',
  summary: 'print files',
  positional: ['urls'],
  input: z.object({ urls: z.array(url).min(1, 'give a URL').describe('URLs of files'), ...targetFlags }),
  example: 'fourwire ftp cat /files/hello.txt',
  run: async ({ urls, ...flags }, context) => {
    if (context.json) throw new UsageError('cat prints the content of files, not JSON. Omit --json')
    for (const url of urls) {
      const target = await toTarget({ ...flags, url })
      await withNamedRefusal(target, () => get({ ...target, to: toStdout(context) }, context))
    }
  },
})
