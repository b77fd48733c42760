/** The state of `fourwire ftp shell`, and how a line is run. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { errorText, RefusedError, UsageError } from '../../../shared/errors.ts'
import type { ClientContext } from '../../../shared/service.ts'
import type { SessionPool } from '../session/pool.ts'
import { ListingCache } from './listing-cache.ts'
import { resolveRemotePath, splitWords } from './parse-line.ts'

/** The arguments of a command. */
export interface ShellArguments {
  /** Returns true if the flag was given. */
  has(flag: string): boolean
  /** The value of a flag. */
  value(flag: string): string | undefined
  readonly words: readonly string[]
}

/** What a word of a command names, for completion. */
export type WordKind = 'remote' | 'remote-directory' | 'local' | 'local-folder' | 'command' | 'other'

/** A command of the shell. */
export interface ShellCommand {
  readonly names: readonly string[]
  /** The arguments, for the help. */
  readonly usage: string
  readonly summary: string
  readonly flags?: NonNullable<ParseArgsConfig['options']>
  /** The smallest and the largest number of words. */
  readonly words: readonly [min: number, max: number]
  /** What each of its words names; the last kind is that of all further words. */
  readonly completes?: readonly WordKind[]
  /** True if it takes the rest of the line as it is. */
  readonly isRaw?: boolean
  run(shell: Shell, args: ShellArguments): Promise<void> | void
}

export class Shell {
  readonly pool: SessionPool
  readonly context: ClientContext
  readonly commands: readonly ShellCommand[]
  readonly listings: ListingCache
  /** The absolute paths from which relative ones start. */
  directory: string
  localFolder: string
  /** True after `quit`. */
  isDone = false

  constructor(
    pool: SessionPool,
    context: ClientContext,
    commands: readonly ShellCommand[],
    folders: { readonly directory: string; readonly localFolder: string },
  ) {
    this.pool = pool
    this.context = context
    this.commands = commands
    this.listings = new ListingCache(
      path => pool.run(session => session.list(path)),
      () => performance.now(),
    )
    this.directory = folders.directory
    this.localFolder = folders.localFolder
  }

  /** Returns the absolute path on the server. */
  remote(path: string): string {
    return resolveRemotePath(this.directory, path)
  }

  print(text: string): void {
    this.context.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`)
  }

  find(name: string): ShellCommand | undefined {
    return this.commands.find(({ names }) => names.includes(name))
  }

  /**
   * Runs a line. Empty lines and those that begin with `#` do nothing.
   *
   * @param interrupt aborts the transfer that it starts
   * @throws FourwireError if the command fails
   */
  async run(line: string, interrupt: AbortSignal): Promise<void> {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) return
    const [name = ''] = text.split(/\s/, 1)
    const command = this.find(name)
    if (!command) throw new UsageError(`unknown command ${JSON.stringify(name)}. Type help for the commands`)
    const rest = text.slice(name.length).trim()
    const args = command.isRaw ? rawArguments(rest) : parseArguments(command, splitWords(rest))
    const { length } = args.words
    if (length < command.words[0] || length > command.words[1]) throw usageError(command)
    this.pool.interruptSignal = interrupt
    try {
      await this.#runCommand(command, args)
    } finally {
      this.pool.interruptSignal = undefined
      // Most commands change something, and a listing takes little.
      this.listings.clear()
    }
  }

  async #runCommand(command: ShellCommand, args: ShellArguments): Promise<void> {
    try {
      await command.run(this, args)
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== SERVICE_CLOSING) throw error
      // In a new session.
      await command.run(this, args)
    }
  }
}

/** The reply of a server that ends the session, for example because it was idle, instead of running the command. */
const SERVICE_CLOSING = 421

function rawArguments(rest: string): ShellArguments {
  return { has: () => false, value: () => undefined, words: rest === '' ? [] : [rest] }
}

function parseArguments(command: ShellCommand, words: readonly string[]): ShellArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...command.flags },
      allowPositionals: true,
      strict: true,
    })
    return {
      has: flag => values[flag] === true,
      value: flag => {
        const value = values[flag]
        return typeof value === 'string' ? value : undefined
      },
      words: positionals,
    }
  } catch (cause) {
    throw new UsageError(`${errorText(cause)}. Usage: ${usageOf(command)}`, { cause })
  }
}

function usageError(command: ShellCommand): UsageError {
  return new UsageError(`usage: ${usageOf(command)}`)
}

/** Returns a command with its arguments. */
export function usageOf({ names: [name = ''], usage }: ShellCommand): string {
  return usage === '' ? name : `${name} ${usage}`
}
