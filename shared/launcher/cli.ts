/** The command line: every failure becomes one message and an exit code. */
import { CommanderError } from 'commander'
import { buildProgram, findClient } from './build-program.ts'
import { EXIT, type Io, reportOutputErrors } from './io.ts'
import { reportError } from './report-error.ts'

/** Runs a command line; resolves with the exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.done
  reportOutputErrors(io)
  const finish = (finished: number) => {
    code = finished
  }
  try {
    const [first, ...rest] = argv
    const args = first === undefined ? [] : [first, ...(findClient(first)?.rewriteArguments?.(rest) ?? rest)]
    await buildProgram(io, finish, first).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    return reportError(error, io)
  }
}
