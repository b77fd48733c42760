/** `fourwire ftp shell`: a session with commands that are typed, or read from a script. */
import * as z from 'zod'
import { defineCommand } from '../../../shared/service.ts'
import { filesFlags } from './files-flags.ts'
import { targetFlags, toTarget, url } from './flags.ts'

export const shellCommand = defineCommand({
  name: 'shell',
  summary: 'type commands, or run a script of them from standard input',
  positional: ['url'],
  input: z.object({
    url: url.default('/'),
    parallel: filesFlags.parallel,
    ...targetFlags,
  }),
  example: 'fourwire ftp shell ftp://alice:wonderland@ftp.fourwire.test/',
  run: async (input, context) => {
    const { runShell } = await import('../shell/run-shell.ts')
    await runShell(await toTarget(input), input.parallel, context)
  },
})
