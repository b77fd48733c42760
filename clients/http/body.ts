/** Opens the body that a command sends: a text, a file, or standard input. */
import { type FileHandle, open } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { errorText, UsageError } from '../../shared/errors.ts'
import type { ClientContext } from '../../shared/service.ts'
import type { HttpRequest } from './request.ts'

/** A body, and the header fields that describe it unless the user gives others. */
export interface RequestContent extends Pick<HttpRequest, 'body' | 'headers'> {
  /** Closes the source. Call it in any case: the response may arrive before the body was read to its end. */
  close(): Promise<void>
}

const BYTES = { 'Content-Type': 'application/octet-stream' }

/**
 * Opens `TEXT`, `@FILE` or `@-` (standard input).
 *
 * @throws UsageError if the file cannot be read; iteration over the body throws it too
 */
export async function openBody(given: string, { stdin, signal }: ClientContext): Promise<RequestContent> {
  if (!given.startsWith('@')) {
    return { body: given, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, close: async () => {} }
  }
  const close = async () => void stdin.destroy()
  if (given === '@-') return { body: addAbortSignal(signal, stdin), headers: BYTES, close }
  return openFile(given.slice(1))
}

async function openFile(file: string): Promise<RequestContent> {
  const toUsageError = (cause: unknown) =>
    new UsageError(`--body @${file}: cannot read ${file}: ${errorText(cause)}`, { cause })
  let handle: FileHandle | undefined
  try {
    handle = await open(file)
    const state = await handle.stat()
    if (state.isDirectory()) throw new UsageError('it is a folder')
    // Pipes and devices have no length.
    const length = state.isFile() ? { 'Content-Length': String(state.size) } : {}
    const opened = handle
    return { body: readChunks(opened, toUsageError), headers: { ...BYTES, ...length }, close: () => opened.close() }
  } catch (error) {
    await handle?.close()
    throw toUsageError(error)
  }
}

async function* readChunks(
  handle: FileHandle,
  toUsageError: (cause: unknown) => UsageError,
): AsyncGenerator<Uint8Array> {
  try {
    yield* handle.createReadStream()
  } catch (error) {
    throw toUsageError(error)
  }
}
