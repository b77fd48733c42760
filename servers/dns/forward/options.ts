/** What a hostmaster can say about forwarding. */
import * as z from 'zod'
import { millisecondsOption } from '../../../shared/options.ts'
import { accessOption } from '../access/options.ts'

/** Four seconds: dig and most stub resolvers give up after five, and should hear why before. */
const TIMEOUT_MS = 4000

/** The options as the server's schema takes them in. */
export const forwardOptions = {
  forward: z
    .array(z.string().min(1))
    .default([])
    .describe('upstreams to ask about names that are not ours: ADDRESS:PORT, or /DOMAIN/ADDRESS:PORT')
    .meta({ placeholder: 'UPSTREAM' }),
  forwardFor: z
    .array(accessOption)
    .default(['127.0.0.0/8', '::1'])
    .describe('clients to forward for: addresses, prefixes, key:NAME, keys, any, none')
    .meta({ placeholder: 'CLIENT' }),
  forwardTimeout: millisecondsOption(1)
    .default(TIMEOUT_MS)
    .describe('milliseconds that a forwarded question may take, over all upstreams'),
}

/** What they say. */
export type ForwardOptions = z.output<z.ZodObject<typeof forwardOptions>>
