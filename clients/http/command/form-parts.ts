/** The parts of a form as `-F` gives them, and their headers in multipart/form-data (RFC 7578). Pure. */
import { UsageError } from '../../../shared/errors.ts'
import { BYTES_TYPE } from './content-type.ts'

/** One part of a form. */
export interface FormPart {
  readonly name: string
  /** The text, or the name of the file with the content; `-` is standard input. */
  readonly content: { readonly text: string } | { readonly file: string }
  /** Sent as the name of the file; undefined for a part that is not a file. */
  readonly fileName: string | undefined
  readonly type: string | undefined
}

/**
 * Parses `name=text`, `name=@file` (an upload) or `name=<file` (the text is in the file). `;type=TYPE` and `;filename=NAME` can
 * follow.
 *
 * @throws UsageError if there is no name
 */
export function parseFormPart(argument: string): FormPart {
  const equals = argument.indexOf('=')
  if (equals <= 0) {
    throw new UsageError(
      `--form ${argument}: must be NAME=TEXT, or NAME=@FILE for an upload. Example: -F title=Photo -F image=@photo.png`,
    )
  }
  const name = argument.slice(0, equals)
  const { value, type, fileName } = parseValue(argument.slice(equals + 1))
  const file = value.slice(1)
  if (value.startsWith('@')) {
    return { name, content: { file }, fileName: fileName ?? baseName(file), type: type ?? typeOfUpload(file) }
  }
  return { name, content: value.startsWith('<') ? { file } : { text: value }, fileName, type }
}

/** Matches one attribute at the end of a value. */
const ATTRIBUTE = /^(?<rest>.*);\s*(?<key>type|filename)=(?:"(?<quoted>[^"]*)"|(?<plain>[^;"]*))$/s

function parseValue(text: string): { value: string; type?: string; fileName?: string } {
  const { rest, key, quoted, plain } = ATTRIBUTE.exec(text)?.groups ?? {}
  if (rest === undefined) return { value: text }
  const attribute = quoted ?? plain ?? ''
  return { ...parseValue(rest), ...(key === 'type' ? { type: attribute } : { fileName: attribute }) }
}

/** Works for the separators of every system: the name is for the server. */
function baseName(file: string): string {
  return file.replace(/^.*[/\\]/s, '')
}

/** The types that curl knows. */
const TYPES: Readonly<Record<string, string>> = {
  gif: 'image/gif',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  xml: 'application/xml',
}

function typeOfUpload(file: string): string {
  const extension = /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? ''
  return (Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined) ?? BYTES_TYPE
}

/** Returns the bytes before the content of a part. */
export function headOfPart({ name, fileName, type }: FormPart, boundary: string): Uint8Array {
  const file = fileName === undefined ? '' : `; filename="${quote(fileName)}"`
  const contentType = type === undefined ? '' : `Content-Type: ${type.replace(/[\r\n\0]/g, ' ')}\r\n`
  return Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="${quote(name)}"${file}\r\n${contentType}\r\n`,
  )
}

/** Returns the bytes after the content of the last part. */
export function endOfForm(boundary: string): Uint8Array {
  return Buffer.from(`--${boundary}--\r\n`)
}

/** As browsers do (WHATWG HTML, multipart form data). */
function quote(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
