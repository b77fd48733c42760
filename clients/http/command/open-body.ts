/** Opens the body that the flags of a command describe. */
import { UsageError } from '../../../shared/errors.ts'
import type { ClientContext } from '../../../shared/service.ts'
import { type OpenedBody, openSource } from './body-source.ts'
import { BYTES_TYPE, FORM_TYPE, JSON_TYPE, typeOfFile, typeOfText } from './content-type.ts'
import { parseFormPart } from './form-parts.ts'

/** The flags that give a body, or its type. */
export interface BodyFlags {
  /** Texts, which are joined as fields of a form; or one text, `@FILE` or `@-`. */
  readonly body: readonly string[]
  readonly jsonBody?: string | undefined
  /** Parts of a form with several parts. */
  readonly form: readonly string[]
  /** True sends `body` with the type of a form, whatever it is. */
  readonly urlencoded: boolean
}

/** Returns true if a flag gives a body. */
export function hasBody({ body, jsonBody, form }: BodyFlags): boolean {
  return body.length > 0 || jsonBody !== undefined || form.length > 0
}

/**
 * Opens the body; undefined if no flag gives one.
 *
 * @throws UsageError if flags contradict each other or a file cannot be read, also from iteration over the body
 */
export async function openBody(flags: BodyFlags, context: ClientContext): Promise<OpenedBody | undefined> {
  checkFlags(flags)
  const { body, jsonBody, form, urlencoded } = flags
  if (form.length > 0) {
    const { openForm } = await import('./open-form.ts')
    return openForm(form.map(parseFormPart), context)
  }
  if (jsonBody !== undefined) {
    const opened = await openData(jsonBody, '--json', context)
    return { ...opened, headers: { ...opened.headers, 'Content-Type': JSON_TYPE, Accept: JSON_TYPE } }
  }
  const [first] = body
  if (first === undefined) return undefined
  const opened = await openData(body.length === 1 ? first : joinTexts(body), '--body', context)
  return urlencoded ? { ...opened, headers: { ...opened.headers, 'Content-Type': FORM_TYPE } } : opened
}

function checkFlags({ body, jsonBody, form, urlencoded }: BodyFlags): void {
  const given = [
    body.length > 0 && '-d',
    jsonBody !== undefined && '--json DATA',
    form.length > 0 && '--form NAME=TEXT',
  ]
  const names = given.filter(name => name !== false)
  if (names.length > 1) throw new UsageError(`a request has one body: give only one of ${names.join(' and ')}`)
  if (urlencoded && body.length === 0)
    throw new UsageError('--form needs a body. Give it with -d, or as --form NAME=TEXT')
}

/** Joins texts as curl does. */
function joinTexts(texts: readonly string[]): string {
  const file = texts.find(text => text.startsWith('@'))
  if (file !== undefined) throw new UsageError(`--body ${file}: a file cannot be joined with other data. Give -d once`)
  return texts.join('&')
}

/** Opens `TEXT`, `@FILE` or `@-` (standard input). */
async function openData(argument: string, flag: string, context: ClientContext): Promise<OpenedBody> {
  if (!argument.startsWith('@')) {
    return { body: argument, headers: { 'Content-Type': typeOfText(argument) }, close: async () => {} }
  }
  const file = argument.slice(1)
  const source = await openSource(file, `${flag} ${argument}`, context)
  const length = source.size === undefined ? {} : { 'Content-Length': String(source.size) }
  const headers = { 'Content-Type': file === '-' ? BYTES_TYPE : typeOfFile(file), ...length }
  return { body: source.chunks, headers, close: () => source.close() }
}
