/** Makes commander throw instead of ending the process, and write to the given streams. */
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import type { Io } from './io.ts'
import { describeUsageError, isUsageError } from './usage-error.ts'

export function configure(command: Command, io: Io): void {
  command
    .exitOverride(error => {
      throw isUsageError(error) ? new UsageError(describeUsageError(error, command), { cause: error }) : error
    })
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      outputError: () => undefined,
    })
    .showSuggestionAfterError(false)
  for (const inner of command.commands) configure(inner, io)
}
