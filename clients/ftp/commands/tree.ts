/** `fourwire ftp tree`: a directory with all that is in it. */
import * as z from 'zod'
import { defineCommand } from '../../../shared/service.ts'
import { tree } from '../operations/tree.ts'
import { MAX_DEPTH } from '../transfer/tree.ts'
import { targetFlags, toTarget, url } from './flags.ts'
import { treeLines } from './format-tree.ts'
import { withNamedRefusal } from './named-refusal.ts'

export const treeCommand = defineCommand({
  name: 'tree',
  summary: 'list a directory with all that is in it',
  positional: ['url'],
  input: z.object({
    url: url.default('/'),
    depth: z
      .number()
      .int()
      .min(1)
      .max(MAX_DEPTH)
      .optional()
      .describe('levels of directories to list')
      .meta({ flag: '-L, --depth', placeholder: 'N' }),
    ...targetFlags,
  }),
  example: 'fourwire ftp tree /files',
  run: async (input, context) => {
    const target = await toTarget(input)
    const found = await withNamedRefusal(target, () => tree({ ...target, depth: input.depth }, context))
    context.show(found, treeLines(found.path || '.', found.entries).join('\n'))
  },
})
