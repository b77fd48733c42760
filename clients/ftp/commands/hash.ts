/** `fourwire ftp hash`: prints a line as sha256sum does. */
import * as z from 'zod'
import { defineCommand } from '../../../shared/service.ts'
import { hash } from '../operations/hash.ts'
import { ALGORITHMS } from '../remote/algorithms.ts'
import { targetFlags, toTarget, url } from './flags.ts'
import { printable } from './format-listing.ts'
import { withNamedRefusal } from './named-refusal.ts'

export const hashCommand = defineCommand({
  name: 'hash',
  summary: 'print the hash of a file',
  positional: ['url'],
  input: z.object({
    url,
    algorithm: z
      .enum(ALGORITHMS)
      .default('sha-256')
      .describe(`one of ${ALGORITHMS.join(', ')}`)
      .meta({ flag: '-a, --algorithm' }),
    ...targetFlags,
  }),
  example: 'fourwire ftp hash /files/hello.txt',
  run: async (input, context) => {
    const target = await toTarget(input)
    const { algorithm } = input
    const result = await withNamedRefusal(target, () => hash({ ...target, algorithm }, context))
    if (result.computedBy === 'client' && !context.json) {
      context.stderr.write(`the server does not offer ${result.algorithm}: computed from a download\n`)
    }
    context.show(result, `${result.hash}  ${printable(result.path)}`)
  },
})
