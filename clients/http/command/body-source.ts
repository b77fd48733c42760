/** Where a body, or a part of it, is read from. */
import { type FileHandle, open } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { UsageError } from '../../../shared/errors.ts'
import { fileProblem } from '../../../shared/files/file-problem.ts'
import type { ClientContext } from '../../../shared/service.ts'
import type { HttpRequest } from '../exchange/http-request.ts'

/** A body, and the default header fields that describe it. */
export interface OpenedBody extends Pick<HttpRequest, 'body' | 'headers'> {
  /** Closes the source. Always call it: the response may arrive before the end of the body was read. */
  close(): Promise<void>
}

export interface BodySource {
  /** Undefined for standard input, pipes and devices. */
  readonly size: number | undefined
  /** @throws UsageError if reading fails */
  readonly chunks: AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/**
 * Opens a file; `-` is standard input.
 *
 * @param flag the flag with its value, for errors
 * @throws UsageError if the file cannot be read
 */
export async function openSource(file: string, flag: string, context: ClientContext): Promise<BodySource> {
  return file === '-' ? standardInput(context) : openFile(file, flag)
}

function standardInput({ stdin, signal }: ClientContext): BodySource {
  return { size: undefined, chunks: addAbortSignal(signal, stdin), close: async () => void stdin.destroy() }
}

async function openFile(file: string, flag: string): Promise<BodySource> {
  const toUsageError = (cause: unknown) =>
    new UsageError(`${flag}: cannot read ${file}: ${fileProblem(cause)}`, { cause })
  let handle: FileHandle | undefined
  try {
    handle = await open(file)
    const stats = await handle.stat()
    if (stats.isDirectory()) throw new UsageError('it is a folder')
    const opened = handle
    const size = stats.isFile() ? stats.size : undefined
    return { size, chunks: readChunks(opened, toUsageError), close: () => opened.close() }
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
