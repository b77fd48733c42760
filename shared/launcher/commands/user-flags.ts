/** The flags of `fourwire user add` and `set` for what an account may do. */
import type { Command } from 'commander'
import { UsageError } from '../../errors.ts'
import { pathSchema } from '../../store/account.ts'

export interface PermissionFlags {
  readonly read?: string[] | false
  readonly write?: string[] | false
  readonly delete?: string[] | false
}

/** Collects the values of a flag that can be repeated; `before` is false after its `--no-` flag. */
export function collect(text: string, before: string[] | false = []): string[] {
  return [...(before || []), text]
}

/** Makes `--NAME X --no-NAME` an error, in both orders. Commander lets the last one replace the first. */
export function excludeBoth(command: Command, names: readonly string[]): void {
  for (const name of names) {
    const given = new Set<string>()
    const reject = (flag: string) => () => {
      if (given.add(flag).size === 1) return
      throw new UsageError(`--${name} and --no-${name} exclude each other. Give one of them`)
    }
    command.on(`option:${name}`, reject(name)).on(`option:no-${name}`, reject(`no-${name}`))
  }
}

/**
 * `--no-read` is no folder; without a flag, it is undefined.
 *
 * @throws UsageError that names the flag and the folder
 */
export function foldersOf({ read, write, delete: deletable }: PermissionFlags) {
  return {
    read: parseFolders('--read', read),
    write: parseFolders('--write', write),
    delete: parseFolders('--delete', deletable),
  }
}

function parseFolders(flag: string, folders: readonly string[] | false | undefined): string[] | undefined {
  if (folders === false) return []
  return folders?.map(folder => {
    const parsed = pathSchema.safeParse(folder)
    if (parsed.success) return parsed.data
    throw new UsageError(`${flag} ${folder}: ${parsed.error.issues[0]?.message}`, { cause: parsed.error })
  })
}

/** @throws UsageError for a text that is not a number of bytes */
export function parseBytes(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new UsageError(`${flag}: must be a number of bytes (given: ${JSON.stringify(text)})`)
}

/** Returns null, which removes the limit, after the `--no-` flag. */
export function parseLimit(flag: string, text: string | false | undefined): number | null | undefined {
  return text === false ? null : parseBytes(flag, text)
}
