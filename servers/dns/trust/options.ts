/** What a hostmaster can say of others: keys, who may transfer zones and change them, who is told of changes. Pure. */
import * as z from 'zod'
import { parseNotifyTarget } from '../notify/notify-target.ts'
import { parseAccessEntry } from './access-entry.ts'

const keyOption = z.union(
  [
    z.string(),
    z.object({
      name: z.string().describe("the key's name, as both ends call it"),
      secret: z.string().describe('what both ends share, in base64'),
      algorithm: z.string().optional().describe('hmac-sha256 if nothing else is said'),
    }),
  ],
  'give [ALGORITHM:]NAME:SECRET, or an object with name, secret and algorithm',
)

/** Some of those who may do a thing. */
export const accessOption = z
  .string()
  .refine(
    text => parseAccessEntry(text) !== undefined,
    'give an address, a prefix like 127.0.0.0/8, key:NAME, keys (any of ours), any, or none',
  )

const notifyOption = z
  .string()
  .refine(text => parseNotifyTarget(text) !== undefined, 'give HOST:PORT or HOST:PORT@KEY, like 127.0.0.1:5301@key')

/** The options as the server's schema takes them in. */
export const trustOptions = {
  keys: z
    .array(keyOption)
    .default([])
    .describe('secrets shared with other servers and clients (TSIG): [ALGORITHM:]NAME:SECRET')
    .meta({ placeholder: 'KEY' }),
  allowTransfer: z
    .array(accessOption)
    .default(['127.0.0.0/8', '::1', 'keys'])
    .describe('who may transfer zones: addresses, prefixes, key:NAME, keys, any, none')
    .meta({ placeholder: 'WHO' }),
  allowUpdate: z
    .array(accessOption)
    .default(['keys'])
    .describe('who may change zones by UPDATE: the same')
    .meta({ placeholder: 'WHO' }),
  notify: z
    .array(notifyOption)
    .default([])
    .describe('secondaries to tell of changes: HOST:PORT, or HOST:PORT@KEY to sign')
    .meta({ placeholder: 'SECONDARY' }),
}

/** What they say. */
export type TrustOptions = z.output<z.ZodObject<typeof trustOptions>>
