/** The option `keys`, and the entries of access lists. Pure. */
import * as z from 'zod'
import { parseAccessEntry } from './access-entry.ts'

const keyOption = z.union(
  [
    z.string(),
    z.object({
      name: z.string().describe('name of the key, the same on both servers'),
      secret: z.string().describe('shared secret in base64'),
      algorithm: z.string().optional().describe('default: hmac-sha256'),
    }),
  ],
  'give [ALGORITHM:]NAME:SECRET, or an object with name, secret and algorithm',
)

/** An entry of an access list. */
export const accessOption = z
  .string()
  .refine(
    text => parseAccessEntry(text) !== undefined,
    'give an address, a network like 127.0.0.0/8, key:NAME, keys (all keys of the server), any, or none',
  )

export const keyOptions = {
  keys: z
    .array(keyOption)
    .default([])
    .describe('secrets shared with other servers and clients (TSIG): [ALGORITHM:]NAME:SECRET')
    .meta({ placeholder: 'KEY' }),
}

export type KeyOptions = z.output<z.ZodObject<typeof keyOptions>>
