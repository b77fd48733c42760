/** Runs `fourwire http` without the rest of the command line, which takes longer to load than a request takes. */
import path from 'node:path'
import { parseQuickly, runRequest } from '../../clients/http/quick/index.ts'
import { runClient } from './commands/run-client.ts'
import { DEFAULT_DATA_FOLDER, EXIT, hasSettings, type Io, reportOutputErrors } from './io.ts'
import { reportError } from './report-error.ts'

/**
 * Runs the command; resolves with its exit code. Resolves with undefined if the command line has to parse the arguments or to load
 * settings.
 *
 * @param args the words after `http`
 */
export async function runHttpQuickly(args: readonly string[], io: Io): Promise<number | undefined> {
  const command = hasSettings(io) ? undefined : parseQuickly(args)
  if (!command) return undefined
  const { input, flags } = command
  reportOutputErrors(io)
  try {
    const dataFolder = path.resolve(io.cwd, flags.data ?? DEFAULT_DATA_FOLDER)
    await runClient(context => runRequest(input, context), flags, dataFolder, io)
    return EXIT.done
  } catch (error) {
    return reportError(error, io)
  }
}
