/** What is wrong with a zone, and where: said so that a person can go and mend it. Pure. */
import { FourwireError } from '../../../shared/errors.ts'

/** How much of the text at fault a message quotes. */
const MAX_QUOTED = 120

/** A zone that cannot be served. It is refused as a whole. */
export class ZoneError extends FourwireError {
  override readonly name = 'ZoneError'
  readonly exitCode = 1
  readonly file: string
  readonly line: number
  /** The text at fault, as it stands in the file. */
  readonly text: string
  /** What is wrong with it. */
  readonly reason: string

  constructor(file: string, line: number, text: string, reason: string, options?: ErrorOptions) {
    const cut = readable(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
    super(`${file}:${line}: ${reason}${cut === '' ? '' : `, in: ${cut}`}`, options)
    this.file = file
    this.line = line
    this.text = text
    this.reason = reason
  }
}

/** What is no text (a file given by mistake) has bytes in it that a terminal would act upon. */
function readable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\t]/gu, '\uFFFD')
}
