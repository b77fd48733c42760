/** `fourwire dns check FILE`, as the command line knows it. What it does is in `check-file.ts`, loaded when it is typed. */
import * as z from 'zod'
import { defineCommand } from '../../../shared/service.ts'

const input = z.object({
  file: z.string().min(1).describe('the master file to look at'),
  origin: z
    .string()
    .optional()
    .describe('the name of its zone (default: the name of the file without .zone, or that of its SOA record)')
    .meta({ placeholder: 'NAME' }),
})

/** What was typed. */
export type CheckInput = z.output<typeof input>

/** The command, for the server's definition. */
export const check = defineCommand({
  name: 'check',
  summary: 'look for what is wrong with a zone file, without serving it',
  positional: ['file'],
  input,
  example: 'fourwire dns check fourwire-data/zones/fourwire.test.zone',
  local: true,
  run: async (typed, context) => {
    const { checkFile } = await import('./check-file.ts')
    await checkFile(typed, context)
  },
})
