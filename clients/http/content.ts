/** What a command sends: the text itself, a file, or standard input. */
import { type FileHandle, open } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { errorText, UsageError } from '../../shared/errors.ts'
import type { ClientContext } from '../../shared/service.ts'
import type { HttpRequest } from './request.ts'

/** A body, and the fields that tell of it unless others were given. */
export interface Content extends Pick<HttpRequest, 'body' | 'headers'> {
  /** Lets go of what it is read from, read to its end or not: an answer may come before that. */
  close(): Promise<void>
}

const BYTES = { 'Content-Type': 'application/octet-stream' }

/**
 * Opens what `TEXT`, `@FILE` or `@-` stands for.
 *
 * @throws UsageError for a file that cannot be read; so does the body, where that shows only later
 */
export async function openContent(given: string, { stdin, signal }: ClientContext): Promise<Content> {
  if (!given.startsWith('@')) {
    return { body: given, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, close: async () => {} }
  }
  const close = async () => void stdin.destroy()
  if (given === '@-') return { body: addAbortSignal(signal, stdin), headers: BYTES, close }
  return fileContent(given.slice(1))
}

async function fileContent(file: string): Promise<Content> {
  const cannot = (cause: unknown) =>
    new UsageError(`--body @${file}: ${file} cannot be read: ${errorText(cause)}`, { cause })
  let handle: FileHandle | undefined
  try {
    handle = await open(file)
    const state = await handle.stat()
    if (state.isDirectory()) throw new UsageError('it is a folder')
    // A pipe or a device has no length that could be told beforehand.
    const length = state.isFile() ? { 'Content-Length': String(state.size) } : {}
    const opened = handle
    return { body: pieces(opened, cannot), headers: { ...BYTES, ...length }, close: () => opened.close() }
  } catch (error) {
    await handle?.close()
    throw cannot(error)
  }
}

async function* pieces(handle: FileHandle, cannot: (cause: unknown) => UsageError): AsyncGenerator<Uint8Array> {
  try {
    yield* handle.createReadStream()
  } catch (error) {
    throw cannot(error)
  }
}
