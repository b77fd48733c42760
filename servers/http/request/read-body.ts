/** Reads the body of a request, bounded in size and time. */
import { finished, type Readable } from 'node:stream'
import { type Response, textResponse } from '../response/response.ts'
import { parseExpectation } from './expectation.ts'

export interface ReadBodyOptions {
  /** The header fields that concern the body. */
  readonly fields: { readonly 'content-length'?: string | undefined; readonly expect?: string | undefined }
  readonly maxBytes: number
  /** Milliseconds that the body may take to arrive. */
  readonly timeout: number
  /** Sends 100 Continue (RFC 9110, section 10.1.1). */
  readonly sendContinue: () => void
  /** Returns false if the stream has ended without all of the body: HTTP/2 ends it also if the client resets it. */
  readonly isComplete?: () => boolean
  /** Called when the read starts. `end` ends it with a response, for example if the parser rejects a chunk of the body. */
  readonly onStart?: (end: (response: Response) => void) => void
}

/**
 * Resolves with the whole body. If the body is too long (413), too slow (408) or malformed, resolves with that response and
 * leaves the rest of the body unread. Rejects if the client disconnects.
 */
export async function readBody(stream: Readable, options: ReadBodyOptions): Promise<Buffer | Response> {
  const { fields, maxBytes, sendContinue } = options
  if (Number(fields['content-length'] ?? 0) > maxBytes) return contentTooLarge(maxBytes)
  if (parseExpectation(fields.expect) === 'continue') sendContinue()
  return collect(stream, options)
}

function collect(
  stream: Readable,
  { maxBytes, timeout, onStart, isComplete }: ReadBodyOptions,
): Promise<Buffer | Response> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = () => {
      clearTimeout(timer)
      removeFinished()
      stream.off('data', onData)
    }
    const endWith = (response: Response) => {
      stop()
      resolve(response)
    }
    const onData = (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) endWith(contentTooLarge(maxBytes))
    }
    const timer = setTimeout(() => endWith(requestTimeout()), timeout)
    const removeFinished = finished(stream, { writable: false }, error => {
      stop()
      if (error) reject(error)
      else if (isComplete?.() === false) reject(new Error('the client has cancelled the request'))
      else resolve(Buffer.concat(chunks))
    })
    onStart?.(endWith)
    stream.on('data', onData)
  })
}

export function contentTooLarge(maxBytes: number): Response {
  return textResponse(413, `The body of the request is longer than ${maxBytes} bytes.`)
}

export function requestTimeout(): Response {
  return textResponse(408, 'The body of the request did not arrive in time.', ['Connection', 'close'])
}
