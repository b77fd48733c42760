/** Saves the body of a response to a file, which gets its name only when it is complete, and continues an interrupted one. */
import { createWriteStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { findPartial, PartialFile } from '../../../../shared/download/partial-file.ts'
import type { PartialRecord } from '../../../../shared/download/partial-record.ts'
import { errorCode, RefusedError, UsageError } from '../../../../shared/errors.ts'
import { formatBytes } from '../../../../shared/format-bytes.ts'
import { progressBar } from '../../../../shared/progress-bar.ts'
import type { ClientContext } from '../../../../shared/service.ts'
import type { HttpResponse } from '../../response.ts'
import { outputError } from './output-error.ts'
import { continuedRecord, recordFor, resumeHeaders } from './resume.ts'

export interface DownloadOptions {
  readonly file: string
  /** True continues an interrupted download. */
  readonly continues: boolean
  /** The URL of the request. */
  readonly requested: string
  /** Sends the request with these header fields in addition. */
  send(headers: Readonly<Record<string, string>>): Promise<HttpResponse>
}

/** A response, and the size of the file; undefined if nothing was saved, because the status is that of an error. */
export interface Downloaded {
  readonly response: HttpResponse
  readonly size: number | undefined
}

/**
 * Downloads to a file. If it is interrupted, the file keeps its previous content.
 *
 * @throws UsageError if the file cannot be written
 * @throws RefusedError if the server closes the connection before the end
 */
export async function download(options: DownloadOptions, context: ClientContext): Promise<Downloaded> {
  const target = await findTarget(options.file)
  const partial = options.continues ? await findPartial(target.path) : undefined
  const continued =
    partial?.record.requested === options.requested ? await resume(options, target, partial, context) : undefined
  if (continued) return continued
  return start(await options.send({}), options, target, context)
}

interface Target {
  /** The file itself, if the name is that of a link. */
  readonly path: string
  /** Undefined for a new file. */
  readonly mode: number | undefined
  /** False for pipes and devices, which are written directly. */
  readonly isFile: boolean
}

async function findTarget(file: string): Promise<Target> {
  try {
    const stats = await stat(file)
    if (stats.isDirectory()) throw new UsageError('it is a folder')
    return { path: await realpath(file), mode: stats.mode & 0o777, isFile: stats.isFile() }
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return { path: file, mode: undefined, isFile: true }
    throw outputError(file, cause)
  }
}

/** Requests the rest. Returns undefined if the download has to start again with another request. */
async function resume(
  options: DownloadOptions,
  target: Target,
  partial: { record: PartialRecord; size: number },
  context: ClientContext,
): Promise<Downloaded | undefined> {
  const response = await options.send(resumeHeaders(partial.record, partial.size))
  const record = continuedRecord(partial.record, partial.size, response)
  if (record) {
    const file = await PartialFile.reopen(target.path).catch((cause: unknown) => {
      throw outputError(options.file, cause)
    })
    const rest = await skipSameByte(response, await file.lastByte())
    if (rest && file.size === partial.size) return receive(response, rest, file, record, options, context)
    await file.close()
  } else if (response.status === 200) {
    return start(response, options, target, context)
  } else if (response.status !== 206 && response.status !== 416) {
    return { response, size: undefined }
  }
  response.discard()
  return undefined
}

/** Returns the body after its first byte; undefined if that differs from the last byte of the file. */
async function skipSameByte(
  response: HttpResponse,
  expected: number | undefined,
): Promise<AsyncGenerator<Uint8Array> | undefined> {
  const chunks = response[Symbol.asyncIterator]()
  const { value: first, done } = await chunks.next()
  if (done || first[0] !== expected) return undefined
  async function* rest(): AsyncGenerator<Uint8Array> {
    yield first.subarray(1)
    yield* chunks
  }
  return rest()
}

/** Saves the response as a whole. */
async function start(
  response: HttpResponse,
  options: DownloadOptions,
  target: Target,
  context: ClientContext,
): Promise<Downloaded> {
  if (response.status >= 400) return { response, size: undefined }
  if (!target.isFile) return writeDirectly(response, options.file, target, context)
  const record = recordFor(options.requested, response)
  const file = await PartialFile.create(target.path, record, target.mode).catch((cause: unknown) => {
    response.discard()
    throw outputError(options.file, cause)
  })
  return receive(response, response, file, record, options, context)
}

async function writeDirectly(
  response: HttpResponse,
  file: string,
  { path }: Target,
  { signal }: ClientContext,
): Promise<Downloaded> {
  const stream = createWriteStream(path)
  try {
    await pipeline(response, stream)
  } catch (error) {
    throw error instanceof RefusedError || signal.aborted ? error : outputError(file, error)
  }
  return { response, size: stream.bytesWritten }
}

/** Appends the chunks to the file and gives it its name. If that fails, the file stays if it can be continued. */
async function receive(
  response: HttpResponse,
  chunks: AsyncIterable<Uint8Array>,
  file: PartialFile,
  record: PartialRecord | undefined,
  options: DownloadOptions,
  { stderr }: ClientContext,
): Promise<Downloaded> {
  const bar = progressBar(stderr, () => performance.now())
  const onWriteError = (cause: unknown) => {
    throw outputError(options.file, cause)
  }
  try {
    for await (const chunk of chunks) {
      await file.append(chunk).catch(onWriteError)
      bar?.onProgress(file.size, record?.total ?? lengthOf(response))
    }
    bar?.clear()
    await file.commit().catch(onWriteError)
    return { response, size: file.size }
  } catch (error) {
    bar?.clear()
    await file.close()
    if (!record || file.size === 0) await file.remove()
    else stderr.write(`${formatBytes(file.size)} are in ${file.path}. --continue downloads the rest\n`)
    throw error
  }
}

function lengthOf({ headers }: HttpResponse): number | undefined {
  const { 'content-length': length, 'content-encoding': coding } = headers
  return coding === undefined && length !== undefined ? Number(length) : undefined
}
