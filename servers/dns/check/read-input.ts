/** Reads the zone to check from a file, a pipe or standard input, within the bound of a zone file. */
import { constants, open } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { addAbortSignal, type Readable } from 'node:stream'
import { promisify } from 'node:util'
import { errorCode } from '../../../shared/errors.ts'
import { MAX_FILE_BYTES, readZoneFile } from '../master-file/read-zone-file.ts'
import { ZoneError } from '../zone/zone-error.ts'

const STANDARD_INPUT = '/dev/stdin'
const INITIAL_BYTES = 64 * 1024

/** @throws ZoneError if there is too much of it, or it is neither a regular file nor a pipe; an error of the file system */
export async function readInput(
  file: string,
  { stdin, signal }: { readonly stdin: Readable; readonly signal: AbortSignal },
): Promise<Buffer> {
  if (file === STANDARD_INPUT) return readStream(file, addAbortSignal(signal, stdin))
  if (await isPipe(file)) return readStream(file, addAbortSignal(signal, await openPipe(file)))
  return readZoneFile(file)
}

async function isPipe(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFIFO()
  } catch {
    // Reading it has the better error.
    return false
  }
}

/** Waits for the writer in the event loop: a thread that waits in `read` would keep the process from ending. */
async function openPipe(file: string): Promise<Socket> {
  const fd = await promisify(open)(file, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

/** Reads to the end of a stream, at most to the bound. */
async function readStream(file: string, stream: Readable): Promise<Buffer> {
  let bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  let length = 0
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      if (length + part.length > MAX_FILE_BYTES) {
        throw new ZoneError(file, 1, '', `the input is longer than ${MAX_FILE_BYTES} bytes`)
      }
      // One buffer that grows: a writer of single bytes would otherwise cost a buffer for each of them.
      if (length + part.length > bytes.length) bytes = grow(bytes, length + part.length)
      length += part.copy(bytes, length)
    }
    return bytes.subarray(0, length)
  } catch (error) {
    if (error instanceof ZoneError) throw error
    throw new ZoneError(file, 1, '', `cannot read the input (${errorCode(error)})`, { cause: error })
  }
}

function grow(bytes: Uint8Array, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.min(MAX_FILE_BYTES, Math.max(needed, 2 * bytes.length)))
  larger.set(bytes)
  return larger
}
