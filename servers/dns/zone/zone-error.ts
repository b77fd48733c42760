/** An error in a zone, with its location. Pure. */
import { FourwireError } from '../../../shared/errors.ts'

/** Bounds the text that an error message quotes. */
const MAX_QUOTED = 120

/** A zone is invalid, so the server does not serve it. */
export class ZoneError extends FourwireError {
  override readonly name = 'ZoneError'
  readonly exitCode = 1
  readonly file: string
  readonly line: number
  /** The invalid text, as in the file. */
  readonly text: string
  readonly reason: string

  constructor(file: string, line: number, text: string, reason: string, options?: ErrorOptions) {
    const quoted = replaceControls(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
    super(`${file}:${line}: ${reason}${quoted === '' ? '' : `, in: ${quoted}`}`, options)
    this.file = file
    this.line = line
    this.text = text
    this.reason = reason
  }
}

/** Replaces control characters, which a terminal would interpret: a binary file has them. */
function replaceControls(text: string): string {
  return text.replaceAll(/[^\P{Cc}\t]/gu, '\uFFFD')
}
