/** The flags of a client for the verification of the certificate of a server. */
import * as z from 'zod'

export const verificationFlags = {
  cacert: z
    .string()
    .optional()
    .describe("authorities to trust for TLS, a PEM file (default: the running suite's and the system's)")
    .meta({ placeholder: 'FILE' }),
  insecure: z
    .boolean()
    .default(false)
    .describe('do not verify the certificate of the server')
    .meta({ flag: '-k, --insecure' }),
}
