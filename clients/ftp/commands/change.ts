/** `fourwire ftp rm|mkdir|mv` */
import * as z from 'zod'
import { defineCommand } from '../../../shared/service.ts'
import { makeDirectory, move, remove } from '../operations/change.ts'
import { targetFlags, toTarget, url } from './flags.ts'
import { withLoginHint } from './login-hint.ts'

/** `fourwire ftp rm`: DELE, or RMD if the path ends with `/`. */
export const rmCommand = defineCommand({
  name: 'rm',
  summary: 'remove a file, or an empty directory if the path ends with /',
  positional: ['url'],
  input: z.object({ url, ...targetFlags }),
  example: 'fourwire ftp rm ftp://alice:wonderland@ftp.fourwire.test/files/notes.txt',
  run: async (input, context) => {
    const target = await toTarget(input)
    const result = await withLoginHint(target, () => remove(target, context))
    context.show(result, `${result.path}: removed`)
  },
})

/** `fourwire ftp mkdir`: MKD. */
export const mkdirCommand = defineCommand({
  name: 'mkdir',
  summary: 'create a directory',
  positional: ['url'],
  input: z.object({ url, ...targetFlags }),
  example: 'fourwire ftp mkdir ftp://alice:wonderland@ftp.fourwire.test/pictures',
  run: async (input, context) => {
    const target = await toTarget(input)
    const result = await withLoginHint(target, () => makeDirectory(target, context))
    context.show(result, `${result.path}: created`)
  },
})

/** `fourwire ftp mv`: RNFR and RNTO. */
export const mvCommand = defineCommand({
  name: 'mv',
  summary: 'rename or move a file or directory',
  positional: ['url', 'newPath'],
  input: z.object({
    url,
    newPath: z.string().describe('absolute if it starts with /, else relative to the directory of the old name'),
    ...targetFlags,
  }),
  example: 'fourwire ftp mv ftp://alice:wonderland@ftp.fourwire.test/files/notes.txt old.txt',
  run: async ({ newPath, ...input }, context) => {
    const target = await toTarget(input)
    const result = await withLoginHint(target, () => move({ ...target, to: newPath }, context))
    context.show(result, `${result.path}: moved to ${result.to}`)
  },
})
