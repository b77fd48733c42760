/** From what a hostmaster said about the wire to the parts of the name server that do it. */
import { randomBytes } from 'node:crypto'
import os from 'node:os'
import { Cookies, SECRET_BYTES } from './edns/cookies.ts'
import { RateLimit } from './limits/rate-limit.ts'
import type { NameServerParts } from './name-server.ts'
import type { WireOptions } from './wire-options.ts'

/** The parts of the name server that these options make. */
export function wireParts(options: WireOptions): Partial<NameServerParts> {
  const { nsid = os.hostname(), version, cookies, cookieSecrets, amplification, rateLimit, limitLoopback } = options
  const [first = randomBytes(SECRET_BYTES), ...others] = cookieSecrets.map(text => Buffer.from(text, 'hex'))
  return {
    ...(cookies && { cookies: new Cookies(first, ...others) }),
    identity: { nsid, version },
    amplification,
    ...(rateLimit > 0 && { rateLimit: new RateLimit({ perSecond: rateLimit }) }),
    limitLoopback,
  }
}
