/** Replies (RFC 959, section 4.2): a three-digit code and one or more lines of text. */
import { errorCode, errorText } from '../../../shared/errors.ts'
import { FileError, OutsideTreeError } from '../../../shared/files/file-error.ts'

/** A negative reply, thrown by a command; the session sends it. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError'
  readonly code: number

  constructor(code: number, text: string, options?: { cause?: unknown }) {
    super(text, options)
    this.code = code
  }
}

/** Default texts for codes that ftp-srv sends without one. */
const TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Not needed here',
  215: 'UNIX Type: L8',
  502: 'Not implemented',
  504: 'Not implemented for that parameter',
}

/** The codes after which the server closes the control connection (RFC 959, section 4.2.2). */
export function isClosingReply(code: number): code is 221 | 421 {
  return code === 221 || code === 421
}

/**
 * Formats a reply for the wire. The lines between the first and the last begin with a space, so that a client cannot mistake
 * one for the last. Replaces control characters, such as those in file names, because every reply passes this function.
 */
export function formatReply(code: number, lines: readonly string[]): string {
  const [first = TEXTS[code] ?? 'Done', ...rest] = lines.map(printable)
  const last = rest.pop()
  if (last === undefined) return `${code} ${first}\r\n`
  return [`${code}-${first}`, ...rest.map(line => ` ${line}`), `${code} ${last}`, ''].join('\r\n')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match them
const CONTROL = /[\u0000-\u001f\u007f]/g

function printable(text: string): string {
  return text.replace(CONTROL, '?')
}

const REPLIES_BY_ERROR_CODE: Readonly<Record<string, readonly [number, string]>> = {
  ENOENT: [550, 'No such file or directory'],
  ENOTDIR: [550, 'Not a directory'],
  EISDIR: [550, 'Is a directory'],
  EEXIST: [550, 'It exists already'],
  ENOTEMPTY: [550, 'The directory is not empty'],
  EACCES: [550, 'Permission denied'],
  EPERM: [550, 'Permission denied'],
  ELOOP: [550, 'Too many symbolic links'],
  EINVAL: [553, 'That name cannot be used here'],
  ENAMETOOLONG: [553, 'That name is too long'],
  EXDEV: [553, 'It is on another file system'],
  EBUSY: [450, 'It is in use'],
  EMFILE: [450, 'Too many files are open'],
  ENOSPC: [452, 'No space left'],
  EDQUOT: [552, 'Over quota'],
  EFBIG: [552, 'The file is too large for the file system'],
}

/**
 * Converts an error into a reply without local paths. Returns undefined for a programming error, which is not about the
 * command.
 */
export function toReplyError(error: unknown): ReplyError | undefined {
  if (error instanceof ReplyError) return error
  if (error instanceof FileError) return fromFileError(error)
  if (error instanceof OutsideTreeError) return new ReplyError(550, 'The path leads out of the served folder')
  const code = errorCode(error)
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return undefined
  const [reply, text] = REPLIES_BY_ERROR_CODE[code] ?? [451, `Local error (${code})`]
  return new ReplyError(reply, text, { cause: errorText(error) })
}

function fromFileError({ code, message }: FileError): ReplyError {
  // RFC 3659, section 5.2: the offset of REST cannot be used.
  if (code === 'beyond-end') return new ReplyError(554, message)
  if (code === 'changed') return new ReplyError(450, message)
  if (code === 'over-quota') return new ReplyError(552, message)
  return new ReplyError(550, code === 'is-a-folder' ? `${message}; RMD removes it` : message)
}
