/** The flags of all commands of `fourwire ftp`. */
import * as z from 'zod'
import { readCaFile } from '../../../shared/net/tls/ca-file.ts'
import { verificationFlags } from '../../../shared/net/tls/verification-flags.ts'
import type { FtpTarget } from '../target.ts'

export const url = z.string().describe('ftp[s]://[USER[:PASSWORD]@]HOST[:PORT]/PATH, or /PATH on the running suite')

/** The flags that name the account, and how to encrypt. */
export const targetFlags = {
  user: z.string().optional().describe('account to log in with (default: anonymous)'),
  password: z.string().optional().describe('password of the account'),
  tls: z
    .boolean()
    .default(false)
    .describe('encrypt with TLS (AUTH TLS), or fail; ftps:// encrypts from the first byte'),
  ...verificationFlags,
}

export interface TargetFlags {
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly tls: boolean
  readonly cacert?: string | undefined
  readonly insecure: boolean
}

/** Returns the target that the flags describe. */
export async function toTarget({ url, user, password, tls, cacert, insecure }: TargetFlags): Promise<FtpTarget> {
  const verification = { ca: await readCaFile(cacert), insecure }
  return { url, user, password, verification, ...(tls && { tls: 'explicit' }) }
}
