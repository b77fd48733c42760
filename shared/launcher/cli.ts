/** The command line: every failure becomes one message and an exit code. */
import { Command, CommanderError } from 'commander'
import { errorCode, FourwireError } from '../errors.ts'
import type { ClientDefinition } from '../service.ts'
import { EXIT, InterruptedError, type Io, OutputClosedError } from './io.ts'

/**
 * Clients whose commands run in less time than it takes to load all others: only these are loaded. The server of the same name
 * has no commands.
 */
const FAST_CLIENTS: Readonly<Record<string, () => Promise<ClientDefinition>>> = {
  http: async () => (await import('../../clients/http/index.ts')).http,
}

/** Runs a command line; resolves with the exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.done
  // The handler stays for the life of the process: the last write can fail after the command has ended.
  io.stdout.on('error', error => {
    if (errorCode(error) !== 'EPIPE') io.stderr.write(`fourwire: cannot write to standard output: ${error.message}\n`)
  })
  const finish = (finished: number) => {
    code = finished
  }
  try {
    const [first, ...rest] = argv
    const { program, client } = await loadProgram(first, io, finish)
    const args = first === undefined ? [] : [first, ...(client?.rewriteArguments?.(rest) ?? rest)]
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return reportError(error, io)
  }
}

interface LoadedProgram {
  readonly program: Command
  /** The client whose command is the first argument. */
  readonly client: ClientDefinition | undefined
}

/** Loads the program with all commands, or only with that of the first argument. */
async function loadProgram(first: string | undefined, io: Io, finish: (code: number) => void): Promise<LoadedProgram> {
  const load = first !== undefined && Object.hasOwn(FAST_CLIENTS, first) ? FAST_CLIENTS[first] : undefined
  if (!load) {
    const { buildProgram, findClient } = await import('./build-program.ts')
    return { program: buildProgram(io, finish, first), client: findClient(first) }
  }
  const [{ clientCommand }, { configure }, client] = await Promise.all([
    import('./commands/client.ts'),
    import('./configure.ts'),
    load(),
  ])
  const program = new Command('fourwire').enablePositionalOptions()
  program.addCommand(clientCommand(client, io, finish))
  configure(program, io)
  return { program, client }
}

/** Escapes control characters: text of a peer in a message could move the terminal's cursor. */
function escapeControlCharacters(text: string): string {
  return text.replace(/\p{Cc}/gu, character =>
    character === '\n' ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** Prints an error on standard error; returns its exit code. */
function reportError(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof FourwireError) {
    io.stderr.write(`fourwire: ${escapeControlCharacters(error.message)}\n`)
    return error.exitCode
  }
  if (error instanceof InterruptedError) return EXIT.interrupted
  if (error instanceof OutputClosedError) return EXIT.done
  io.stderr.write(`fourwire: unexpected error: ${error instanceof Error ? error.stack : String(error)}\n`)
  return EXIT.refused
}
