/** `fourwire ftp ls`: one line per entry, sizes in bytes, times in UTC. */
import * as z from 'zod'
import { defineCommand } from '../../../shared/service.ts'
import { list } from '../operations/list.ts'
import { targetFlags, toTarget, url } from './flags.ts'
import { listingLines } from './format-listing.ts'
import { withNamedRefusal } from './named-refusal.ts'

export const lsCommand = defineCommand({
  name: 'ls',
  summary: 'list a directory',
  positional: ['url'],
  input: z.object({
    url: url.default('/'),
    long: z.boolean().default(false).describe('show permissions, owner and group too').meta({ flag: '-l, --long' }),
    ...targetFlags,
  }),
  example: 'fourwire ftp ls /files',
  run: async (input, context) => {
    const target = await toTarget(input)
    const listing = await withNamedRefusal(target, () => list(target, context))
    context.show(listing, listingLines(listing.entries, input.long).join('\n'))
  },
})
