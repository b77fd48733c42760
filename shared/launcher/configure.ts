/** Makes commander throw instead of ending the process, and write to the given streams. */
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import type { Io } from './io.ts'
import { describeUsageError, isUsageError } from './usage-error.ts'

/** The narrowest column of descriptions that is wrapped. In 80 columns, the longest flag leaves 37. */
const MIN_DESCRIPTION_WIDTH = 30

export function configure(command: Command, io: Io): void {
  command
    .exitOverride(error => {
      throw isUsageError(error) ? new UsageError(describeUsageError(error, command), { cause: error }) : error
    })
    .configureHelp({ minWidthToWrap: MIN_DESCRIPTION_WIDTH })
    .configureOutput({
      // Without a terminal, commander wraps at 80 columns.
      getOutHelpWidth: () => io.stdout.columns,
      getErrHelpWidth: () => io.stderr.columns,
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      outputError: () => undefined,
    })
    .showSuggestionAfterError(false)
  for (const inner of command.commands) configure(inner, io)
}
