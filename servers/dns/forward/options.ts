/** The options of forwarding. */
import * as z from 'zod'
import { millisecondsOption } from '../../../shared/options.ts'
import { accessOption } from '../access/options.ts'

/** Less than the 5 seconds of dig and most stub resolvers, so that they receive the SERVFAIL and its reason. */
const TIMEOUT_MS = 4000

export const forwardOptions = {
  forward: z
    .array(z.string().min(1))
    .default([])
    .describe('upstreams for names outside the zones of this server: ADDRESS:PORT, or /DOMAIN/ADDRESS:PORT')
    .meta({ placeholder: 'UPSTREAM' }),
  forwardFor: z
    .array(accessOption)
    .default(['127.0.0.0/8', '::1'])
    .describe('clients to forward for: addresses, prefixes, key:NAME, keys, any, none')
    .meta({ placeholder: 'CLIENT' }),
  forwardTimeout: millisecondsOption(1)
    .default(TIMEOUT_MS)
    .describe('milliseconds for one forwarded query, over all upstreams'),
}

export type ForwardOptions = z.output<z.ZodObject<typeof forwardOptions>>
