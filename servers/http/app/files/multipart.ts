/** Receives files from a form (`multipart/form-data`, RFC 7578): each is written to the disk while it arrives. */
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy'
import type { RouteRequest } from '../../request/request.ts'
import { Problem } from '../problem.ts'

/** Files and other fields of one form, and the bytes of their names. */
const LIMITS = {
  files: 20,
  fields: 20,
  parts: 40,
  fieldNameSize: 100,
  fieldSize: 1024,
  headerPairs: 20,
  headerSize: 8192,
}
/** Bytes of the form apart from the files. */
const FORM_BYTES = 64 * 1024

/** Receives one file. `content` ends early if the file is too long; `isComplete` then returns false. */
export type FileReceiver = (file: {
  readonly name: string
  readonly content: Readable
  isComplete(): boolean
  /** Aborted if the form cannot be received: `content` may then never end. */
  readonly signal: AbortSignal
}) => Promise<void>

/**
 * Calls `receive` for each file of the form; resolves when all calls have. A field without a file is ignored, as browsers send it.
 *
 * @throws Problem if the body is not a form, has too many files, or a file is too long; the first error of `receive`
 */
export async function receiveFiles(request: RouteRequest, maxBytes: number, receive: FileReceiver): Promise<void> {
  const parser = createParser(request, maxBytes)
  const failed = new AbortController()
  const { signal } = failed
  const receiving: Promise<void>[] = []
  parser.on('file', (_field: string, content: BusboyFileStream, name: string | undefined) => {
    // The parser reports an incomplete part here as well as in its own error.
    content.on('error', () => undefined)
    // What is not read would stop the form.
    if (name === undefined || name === '') return void content.resume()
    const received = receive({ name, content, isComplete: () => !content.truncated, signal })
    // The first failure ends the form: the rest of it is not read.
    receiving.push(received.catch(error => failed.abort(error)))
  })
  const refuse = () =>
    failed.abort(new Problem(413, `The form has more than ${LIMITS.files} files or ${LIMITS.fields} fields.`))
  for (const event of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) parser.once(event, refuse)
  try {
    await pipeline(request.body.stream(maxBytes + FORM_BYTES), parser, { signal })
  } catch (error) {
    failed.abort(
      isFormError(error) ? new Problem(400, 'The form is incomplete or malformed.', { cause: error }) : error,
    )
  }
  await Promise.all(receiving)
  signal.throwIfAborted()
}

/** The errors of the parser have no class and no code of their own. */
function isFormError(error: unknown): boolean {
  return error instanceof Error && /multipart|form data|part/i.test(error.message) && !('code' in error)
}

function createParser({ headers }: RouteRequest, maxBytes: number): BusboyInstance {
  const type = headers['content-type']
  if (typeof type !== 'string' || !/^multipart\/form-data\s*;/i.test(type)) {
    throw new Problem(415, 'Send the files as multipart/form-data.', { headers: ['Accept', 'multipart/form-data'] })
  }
  try {
    return new Busboy({
      headers: { 'content-type': type } satisfies BusboyHeaders,
      limits: { ...LIMITS, fileSize: maxBytes },
    })
  } catch (cause) {
    throw new Problem(400, 'The Content-Type of the form has no valid boundary.', { cause })
  }
}
