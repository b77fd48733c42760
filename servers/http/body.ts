/** Reads what a client sends after the head of its request, within a bound and a time. */
import { finished, type Readable } from 'node:stream'
import { type Answer, page } from './answer.ts'

export interface BodyAbout {
  /** What the head says of it. */
  readonly fields: { readonly 'content-length'?: string | undefined; readonly expect?: string | undefined }
  readonly maxBytes: number
  /** Milliseconds that it may take. */
  readonly timeout: number
  /** Asks a client to send it that waits to be asked (RFC 9110, section 10.1.1). */
  readonly goOn: () => void
  /** Is given what to call with the answer when the rest of it turns out not to be HTTP. */
  readonly onBroken?: (refuse: (answer: Answer) => void) => void
}

/**
 * Resolves with the whole body, or with the answer to one that is too long (413), too slow (408) or broken. What is left
 * of it then is for whoever sends the answer to deal with. Rejects when the client breaks off.
 */
export async function readBody(stream: Readable, about: BodyAbout): Promise<Buffer | Answer> {
  const { fields, maxBytes, goOn } = about
  if (Number(fields['content-length'] ?? 0) > maxBytes) return tooLong(maxBytes)
  if (fields.expect !== undefined) goOn()
  return collect(stream, about)
}

function collect(stream: Readable, { maxBytes, timeout, onBroken }: BodyAbout): Promise<Buffer | Answer> {
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
    const timer = setTimeout(() => refuse(tooSlow()), timeout)
    const forget = finished(stream, { writable: false }, error => {
      stop()
      if (error) reject(error)
      else resolve(Buffer.concat(pieces))
    })
    onBroken?.(refuse)
    stream.on('data', take)
  })
}

function tooLong(maxBytes: number): Answer {
  return page(413, `More than ${maxBytes} bytes are not taken here.`)
}

function tooSlow(): Answer {
  return page(408, 'The body of the request did not arrive in time.', ['Connection', 'close'])
}
