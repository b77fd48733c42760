/** Reads what a client sends after the head of its request, within a bound and a time. */
import { finished, type Readable } from 'node:stream'
import { type Answer, page } from './answer.ts'
import { BODY_TIMEOUT_MS } from './limits.ts'

/** What the head says of the body. */
interface BodyFields {
  readonly 'content-length'?: string | undefined
  readonly expect?: string | undefined
}

/**
 * Resolves with the whole body, or with the answer to one that is too long (413) or too slow (408). What is left of it
 * then is for whoever sends the answer to deal with. Rejects when the client breaks off.
 *
 * @param goOn asks a client to send it that waits to be asked (RFC 9110, section 10.1.1)
 */
export async function readBody(
  stream: Readable,
  fields: BodyFields,
  maxBytes: number,
  goOn: () => void,
): Promise<Buffer | Answer> {
  if (Number(fields['content-length'] ?? 0) > maxBytes) return tooLong(maxBytes)
  if (fields.expect !== undefined) goOn()
  return collect(stream, maxBytes)
}

function collect(stream: Readable, maxBytes: number): Promise<Buffer | Answer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const stop = () => {
      clearTimeout(timer)
      forget()
      stream.off('data', take)
    }
    const refuse = (answer: Answer) => {
      stop()
      resolve(answer)
    }
    const take = (piece: Buffer) => {
      pieces.push(piece)
      size += piece.length
      if (size > maxBytes) refuse(tooLong(maxBytes))
    }
    const timer = setTimeout(() => refuse(tooSlow()), BODY_TIMEOUT_MS)
    const forget = finished(stream, { writable: false }, error => {
      stop()
      if (error) reject(error)
      else resolve(Buffer.concat(pieces))
    })
    stream.on('data', take)
  })
}

function tooLong(maxBytes: number): Answer {
  return page(413, `More than ${maxBytes} bytes are not taken here.`)
}

function tooSlow(): Answer {
  return page(408, 'The body of the request did not arrive in time.', ['Connection', 'close'])
}
