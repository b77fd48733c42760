/** Defines `fourwire dns check FILE`; `check-file.ts` runs it. */
import * as z from 'zod'
import { defineCommand } from '../../../shared/service.ts'

const input = z.object({
  file: z.string().min(1).describe('the master file to check, or /dev/stdin'),
  origin: z
    .string()
    .optional()
    .describe("the zone's name (default: the file's name without .zone, or the owner of its SOA record)")
    .meta({ placeholder: 'NAME' }),
})

export const check = defineCommand({
  name: 'check',
  summary: 'check a zone file without serving it',
  positional: ['file'],
  input,
  example: 'fourwire dns check fourwire-data/zones/fourwire.test.zone',
  local: true,
  run: async (parsed, context) => {
    const { checkFile } = await import('./check-file.ts')
    await checkFile(parsed, context)
  },
})
