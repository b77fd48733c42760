/** Replies (RFC 959, section 4.2): three digits, text, and a form for several lines. */
import { errorCode, errorText } from '../../shared/errors.ts'
import { OutsideTreeError } from '../../shared/files/file-tree.ts'

/** A command is refused with this code and text; whoever runs commands sends it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: number

  constructor(code: number, text: string, options?: { cause?: unknown }) {
    super(text, options)
    this.code = code
  }
}

/** Text for codes that ftp-srv's own commands send without one. */
const TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Not needed here',
  215: 'UNIX Type: L8',
  502: 'Not implemented',
  504: 'Not implemented for that parameter',
}

/**
 * One reply as it goes on the wire. Lines between the first and the last begin with a space, so that none can be taken
 * for the end. This is the one place where replies are made, so a control character in a file's name ends here.
 */
export function formatReply(code: number, lines: readonly string[]): string {
  const [first = TEXTS[code] ?? 'Done', ...rest] = lines.map(printable)
  const last = rest.pop()
  if (last === undefined) return `${code} ${first}\r\n`
  return [`${code}-${first}`, ...rest.map(line => ` ${line}`), `${code} ${last}`, ''].join('\r\n')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/g

function printable(text: string): string {
  return text.replace(CONTROL, '?')
}

const SYSTEM_REFUSALS: Readonly<Record<string, readonly [number, string]>> = {
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
  EXDEV: [553, 'It lies on another file system'],
  EBUSY: [450, 'It is in use'],
  EMFILE: [450, 'Too many files are open'],
  ENOSPC: [452, 'No space left'],
  EDQUOT: [552, 'Over quota'],
}

/**
 * What a client is told of an error. No path of this machine is in it. Undefined for what is not about the command but a
 * defect.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (error instanceof OutsideTreeError) return new Refusal(550, 'That lies outside the served folder')
  const code = errorCode(error)
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return undefined
  const [reply, text] = SYSTEM_REFUSALS[code] ?? [451, `Local error (${code})`]
  return new Refusal(reply, text, { cause: errorText(error) })
}
