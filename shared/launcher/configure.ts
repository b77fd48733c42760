/** Makes commander throw instead of ending the process, and write to the given streams. */
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import type { Io } from './io.ts'
import { describeUsageError, isUsageError } from './usage-error.ts'

/** The narrowest column of descriptions that is wrapped. In 80 columns, the longest flag leaves 37. */
const MIN_DESCRIPTION_WIDTH = 30

/** The columns of help without a terminal. */
const DEFAULT_WIDTH = 80

export function configure(command: Command, io: Io): void {
  command
    .exitOverride(error => {
      throw isUsageError(error) ? new UsageError(describeUsageError(error, command), { cause: error }) : error
    })
    .configureHelp({ minWidthToWrap: MIN_DESCRIPTION_WIDTH })
    .configureOutput({
      // A terminal can have 0 columns if its size is not known.
      getOutHelpWidth: () => io.stdout.columns || DEFAULT_WIDTH,
      getErrHelpWidth: () => io.stderr.columns || DEFAULT_WIDTH,
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      outputError: () => undefined,
    })
    .showSuggestionAfterError(false)
  for (const inner of command.commands) configure(inner, io)
}
