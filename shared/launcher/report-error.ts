/** Prints the error with which a command failed. */
import { FourwireError } from '../errors.ts'
import { EXIT, InterruptedError, type Io, OutputClosedError } from './io.ts'

/** Escapes control characters: text of a peer in a message could move the terminal's cursor. */
function escapeControlCharacters(text: string): string {
  return text.replace(/\p{Cc}/gu, character =>
    character === '\n' ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** Prints an error on standard error; returns its exit code. */
export function reportError(error: unknown, io: Io): number {
  if (error instanceof FourwireError) {
    io.stderr.write(`fourwire: ${escapeControlCharacters(error.message)}\n`)
    return error.exitCode
  }
  if (error instanceof InterruptedError) return EXIT.interrupted
  if (error instanceof OutputClosedError) return EXIT.done
  io.stderr.write(`fourwire: unexpected error: ${error instanceof Error ? error.stack : String(error)}\n`)
  return EXIT.refused
}
