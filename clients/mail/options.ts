/** Flags that all commands of the mail client have. */
import * as z from 'zod'

export const serverOptions = {
  server: z
    .string()
    .optional()
    .describe('HTTP server with the mail (default: the running suite)')
    .meta({ placeholder: 'HOST:PORT' }),
  user: z
    .string()
    .optional()
    .describe('account that owns the mailbox, if the server requires one; needs --password')
    .meta({ placeholder: 'NAME' }),
  password: z.string().optional().describe('password of --user'),
}

/** The flags with their values. */
export interface ServerFlags {
  readonly server?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
}
