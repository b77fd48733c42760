/** `fourwire ftp rm|mkdir|mv|chmod` */
import * as z from 'zod'
import { defineCommand } from '../../../shared/service.ts'
import { changeMode, makeDirectory, move, remove } from '../operations/change.ts'
import { targetFlags, toTarget, url } from './flags.ts'
import { withLoginHint } from './login-hint.ts'

/** `fourwire ftp rm`: DELE, or RMD if the path ends with `/`; `-r` for directories that are not empty. */
export const rmCommand = defineCommand({
  name: 'rm',
  summary: 'remove a file, or an empty directory if the path ends with /',
  positional: ['url'],
  input: z.object({
    url,
    recursive: z
      .boolean()
      .default(false)
      .describe('remove a directory with all that is in it')
      .meta({ flag: '-r, --recursive' }),
    ...targetFlags,
  }),
  example: 'fourwire ftp rm ftp://alice:wonderland@ftp.fourwire.test/files/notes.txt',
  run: async (input, context) => {
    const target = await toTarget(input)
    const { recursive } = input
    const result = await withLoginHint(target, () => remove({ ...target, recursive }, context))
    const { files, directories } = result
    const counts = recursive && directories > 0 ? ` (files: ${files}, directories: ${directories})` : ''
    context.show(result, `${result.path}: removed${counts}`)
  },
})

/** `fourwire ftp mkdir`: MKD. */
export const mkdirCommand = defineCommand({
  name: 'mkdir',
  summary: 'create a directory',
  positional: ['url'],
  input: z.object({
    url,
    parents: z
      .boolean()
      .default(false)
      .describe('create the directories above it too, and accept one that exists')
      .meta({ flag: '-p, --parents' }),
    ...targetFlags,
  }),
  example: 'fourwire ftp mkdir ftp://alice:wonderland@ftp.fourwire.test/pictures',
  run: async (input, context) => {
    const target = await toTarget(input)
    const result = await withLoginHint(target, () => makeDirectory({ ...target, parents: input.parents }, context))
    context.show(result, `${result.path}: ${result.created ? 'created' : 'exists already'}`)
  },
})

/** `fourwire ftp chmod`: SITE CHMOD. */
export const chmodCommand = defineCommand({
  name: 'chmod',
  summary: 'change the permissions of a file or directory',
  positional: ['mode', 'url'],
  input: z.object({ mode: z.string().describe('permissions in octal digits, such as 644'), url, ...targetFlags }),
  example: 'fourwire ftp chmod 600 ftp://alice:wonderland@ftp.fourwire.test/files/notes.txt',
  run: async ({ mode, ...input }, context) => {
    const target = await toTarget(input)
    const result = await withLoginHint(target, () => changeMode({ ...target, mode }, context))
    context.show(result, `${result.path}: mode ${mode}`)
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
