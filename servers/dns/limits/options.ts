/** The options that protect against forged addresses: cookies, response length, response rate. */
import * as z from 'zod'
import { SECRET_BYTES } from '../edns/cookies.ts'

const secret = z
  .string()
  .regex(/^[\da-f]{32}$/i, `give a secret of ${SECRET_BYTES} bytes as 32 hexadecimal digits`)
  .describe('a secret')

function countOption(min: number, max: number) {
  const error = `give a whole number from ${min} to ${max}`
  return z.number(error).int(error).min(min, error).max(max, error)
}

export const limitOptions = {
  cookies: z.boolean().default(true).describe('DNS cookies, which prove the address of a client'),
  cookieSecrets: z
    .array(secret)
    .default([])
    .describe('secrets of cookies, 32 hexadecimal digits each; the first creates cookies, all are accepted')
    .meta({ placeholder: 'HEX' }),
  amplification: countOption(0, 100)
    .default(3)
    .describe('longest UDP response to a client without a cookie, as a multiple of its query; 0 for no limit'),
  rateLimit: countOption(0, 1_000_000)
    .default(200)
    .describe('UDP responses of one kind to one network per second; 0 for no limit'),
  limitLoopback: z.boolean().default(false).describe('limit clients on this machine too'),
}
