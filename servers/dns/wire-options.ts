/** What a hostmaster can say about the wire: who the server is, whom it trusts, how much it gives to whom it does not. */
import * as z from 'zod'
import { SECRET_BYTES } from './edns/cookies.ts'

const secret = z
  .string()
  .regex(/^[\da-f]{32}$/i, `give a secret of ${SECRET_BYTES} bytes as 32 hexadecimal digits`)
  .describe('a secret')

function count(least: number, most: number) {
  const error = `give a whole number from ${least} to ${most}`
  return z.number(error).int(error).min(least, error).max(most, error)
}

/** The options as the server's schema takes them in. */
export const wireOptions = {
  nsid: z
    .string()
    .max(64)
    .optional()
    .describe(
      'what the server calls itself by NSID, id.server and hostname.bind; "" for nothing (default: the name of the machine)',
    ),
  version: z.string().max(64).default('Fourwire').describe('the answer to version.bind, "" for none'),
  cookies: z.boolean().default(true).describe('cookies, by which clients show that their address is their own'),
  cookieSecrets: z
    .array(secret)
    .default([])
    .describe('secrets of cookies, 32 hexadecimal digits each; the first makes them, all are taken')
    .meta({ placeholder: 'HEX' }),
  amplification: count(0, 100)
    .default(3)
    .describe('by UDP, how many times as long as its query an answer may be for a client without a cookie, 0 for any'),
  rateLimit: count(0, 1_000_000)
    .default(200)
    .describe('answers of a kind by UDP to one network in a second, 0 for any number'),
  limitLoopback: z.boolean().default(false).describe('treat clients on this machine as any other'),
}

/** The options with their defaults filled in. */
export type WireOptions = z.output<z.ZodObject<typeof wireOptions>>
