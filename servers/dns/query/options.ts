/** Options of the server's identity. */
import * as z from 'zod'

export const identityOptions = {
  nsid: z
    .string()
    .max(64)
    .optional()
    .describe('name of the server in NSID, id.server and hostname.bind; "" for none (default: name of the machine)'),
  version: z.string().max(64).default('Fourwire').describe('answer to version.bind; "" for none'),
}
