/** Options of protection against forged addresses: cookies, response size, response rate. */
import * as z from 'zod'
import { SECRET_BYTES } from '../edns/cookies.ts'

const secret = z
  .string()
  .regex(/^[\da-f]{32}$/i, `give a secret of ${SECRET_BYTES} bytes as 32 hexadecimal digits`)
  .describe('a secret')

function count(least: number, most: number) {
  const error = `give a whole number from ${least} to ${most}`
  return z.number(error).int(error).min(least, error).max(most, error)
}

export const limitOptions = {
  cookies: z.boolean().default(true).describe('DNS cookies, which prove the address of a client'),
  cookieSecrets: z
    .array(secret)
    .default([])
    .describe('secrets of cookies, 32 hexadecimal digits each; the first creates cookies, all are accepted')
    .meta({ placeholder: 'HEX' }),
  amplification: count(0, 100)
    .default(3)
    .describe('longest UDP response to a client without a cookie, as a multiple of its query; 0 for no limit'),
  rateLimit: count(0, 1_000_000)
    .default(200)
    .describe('UDP responses of one kind to one network per second; 0 for no limit'),
  limitLoopback: z.boolean().default(false).describe('limit clients on this machine too'),
}
