/** The option that names the balancers. Pure. */
import * as z from 'zod'

const ipv4 = z.union([z.ipv4(), z.cidrv4()])
const ipv6 = z.union([z.ipv6(), z.cidrv6()])

/** One entry: `192.0.2.1`, `2001:db8::/32`. */
export const proxyOption = z
  .string()
  .refine(
    text => ipv4.safeParse(text).success || ipv6.safeParse(text).success,
    'must be an IP address, or a network such as 10.0.0.0/8',
  )
