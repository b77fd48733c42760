/** What an account is, and the validation of new ones. Pure. */
import * as z from 'zod'
import { UsageError } from '../errors.ts'
import { normalizePath } from './account-paths.ts'

/** An account without its password. */
export interface Account {
  readonly name: string
  /** Folders of the file tree that the account may read, as paths from its root: `['/']` is all of it. */
  readonly read: readonly string[]
  /** Folders that the account may change. */
  readonly write: readonly string[]
  /** Folders in which it may delete, and rename what is there; undefined for those of `write`. */
  readonly delete?: readonly string[] | undefined
  /** Bytes of mail that its mailboxes may hold; undefined for the default of the SMTP server. */
  readonly quota?: number | undefined
  /** Bytes that the files in the folders of `write` may have together; undefined for no limit. */
  readonly fileQuota?: number | undefined
  /**
   * Milliseconds since 1970; 0 for a demonstration account. An account that was removed and added again has another time, so
   * that sessions of the first do not belong to the second.
   */
  readonly createdAt: number
}

/** A change of what an account may do; what is undefined stays. */
export interface AccountChange {
  readonly read?: readonly string[] | undefined
  readonly write?: readonly string[] | undefined
  /** null for the folders of `write`. */
  readonly delete?: readonly string[] | null | undefined
  /** null for the default of the SMTP server. */
  readonly quota?: number | null | undefined
  /** null for no limit. */
  readonly fileQuota?: number | null | undefined
}

/** An account to add. */
export interface NewAccount {
  /** 1 to 64 letters, digits, `.`, `_` and `-`; case does not matter. */
  readonly name: string
  readonly password: string
  /** Default: `['/']`. */
  readonly read?: readonly string[] | undefined
  /** Default: `['/']`. */
  readonly write?: readonly string[] | undefined
  /** Default: the folders of `write`, also after those have changed. */
  readonly delete?: readonly string[] | undefined
  readonly quota?: number | undefined
  readonly fileQuota?: number | undefined
}

/** A folder of `read`, `write` or `delete`. */
export const pathSchema = z
  .string()
  .regex(/^\/(?:[^\0]*)$/, 'must be a path from the root of the file tree, such as /files')
  .transform(normalizePath)

/** The names of FTP's anonymous account (RFC 1635), which needs no password. */
const RESERVED_NAMES: readonly string[] = ['anonymous', 'ftp']

const newAccountSchema = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/i, 'must be 1 to 64 letters, digits, dots, hyphens or underscores')
    .transform(name => name.toLowerCase())
    .refine(name => !RESERVED_NAMES.includes(name), 'is the name of the anonymous FTP account'),
  password: z
    .string()
    .min(1, 'must not be empty')
    .max(1024, 'must have at most 1024 characters')
    .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
  read: z.array(pathSchema).max(100).default(['/']),
  write: z.array(pathSchema).max(100).default(['/']),
  delete: z.array(pathSchema).max(100).optional(),
  quota: z.number().int().min(0).optional(),
  fileQuota: z.number().int().min(0).optional(),
})

const changeSchema = z.strictObject({
  read: z.array(pathSchema).max(100).optional(),
  write: z.array(pathSchema).max(100).optional(),
  delete: z.array(pathSchema).max(100).nullish(),
  quota: z.number().int().min(0).nullish(),
  fileQuota: z.number().int().min(0).nullish(),
})

/** An error has at least one issue. */
function firstIssue({ issues }: z.ZodError) {
  return issues[0] as (typeof issues)[number]
}

/** @throws UsageError, without the password */
export function parsePassword(password: string): string {
  const parsed = newAccountSchema.shape.password.safeParse(password)
  if (parsed.success) return parsed.data
  throw new UsageError(`account password: ${firstIssue(parsed.error).message}`, { cause: parsed.error })
}

/** @throws UsageError that names the field */
export function parseChange(change: AccountChange): z.output<typeof changeSchema> {
  const parsed = changeSchema.safeParse(change)
  if (parsed.success) return parsed.data
  const issue = firstIssue(parsed.error)
  throw new UsageError(`account ${issue.path.join('.') || 'change'}: ${issue.message}`, { cause: parsed.error })
}

/** @throws UsageError that names the field */
export function parseAccount(account: NewAccount): z.output<typeof newAccountSchema> {
  const parsed = newAccountSchema.safeParse(account)
  if (parsed.success) return parsed.data
  const issue = firstIssue(parsed.error)
  const field = issue.path.join('.')
  const quoted = field === 'name' ? ` (given: ${JSON.stringify(account.name)})` : ''
  throw new UsageError(`account ${field}: ${issue.message}${quoted}`, { cause: parsed.error })
}
