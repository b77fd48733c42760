/** Opens the body that a command sends: a text, a file, or standard input. */
import { type FileHandle, open } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { errorText, UsageError } from '../../shared/errors.ts'
import type { ClientContext } from '../../shared/service.ts'
import type { HttpRequest } from './request.ts'

/** A body, and the default header fields that describe it. */
export interface OpenedBody extends Pick<HttpRequest, 'body' | 'headers'> {
  /** Closes the source. Always call it: the response may arrive before the end of the body was read. */
  close(): Promise<void>
}

const DEFAULT_TYPE = { 'Content-Type': 'application/octet-stream' }

/**
 * Opens `TEXT`, `@FILE` or `@-` (standard input).
 *
 * @throws UsageError if the file cannot be read, also from iteration over the body
 */
export async function openBody(argument: string, { stdin, signal }: ClientContext): Promise<OpenedBody> {
  if (!argument.startsWith('@')) {
    return { body: argument, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, close: async () => {} }
  }
  const close = async () => void stdin.destroy()
  if (argument === '@-') return { body: addAbortSignal(signal, stdin), headers: DEFAULT_TYPE, close }
  return openFile(argument.slice(1))
}

async function openFile(file: string): Promise<OpenedBody> {
  const toUsageError = (cause: unknown) =>
    new UsageError(`--body @${file}: cannot read ${file}: ${errorText(cause)}`, { cause })
  let handle: FileHandle | undefined
  try {
    handle = await open(file)
    const stats = await handle.stat()
    if (stats.isDirectory()) throw new UsageError('it is a folder')
    // Pipes and devices have no length.
    const length = stats.isFile() ? { 'Content-Length': String(stats.size) } : {}
    const opened = handle
    return {
      body: readChunks(opened, toUsageError),
      headers: { ...DEFAULT_TYPE, ...length },
      close: () => opened.close(),
    }
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
