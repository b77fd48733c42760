/** Asking by TCP (RFC 7766): the question with its length before it, and the reply likewise. */
import { connectTcp, DEFAULT_TIMEOUT_MS } from '../../shared/connect.ts'
import { decodeMessage } from '../../shared/dns/decode.ts'
import { FrameReader, frame } from '../../shared/dns/frames.ts'
import { errorText, RefusedError } from '../../shared/errors.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { dnsStreamDissector } from '../../shared/trace/dissectors/dns.ts'
import type { Asked, Received } from './exchange.ts'

/**
 * @throws UnreachableError when nobody listens there
 * @throws RefusedError when the server closes, is silent for `timeout`, or answers something else
 */
export async function askByTcp(server: Location, asked: Asked, options: ClientOptions): Promise<Received> {
  const socket = await connectTcp(server, { protocol: 'dns', dissector: dnsStreamDissector }, options)
  const abort = () => socket.destroy(new Error('cancelled', { cause: options.signal?.reason }))
  options.signal?.addEventListener('abort', abort, { once: true })
  // One bound for the whole exchange, however slowly the bytes come.
  const late = setTimeout(
    () => socket.destroy(new Error('it did not answer in time')),
    options.timeout ?? DEFAULT_TIMEOUT_MS,
  )
  try {
    socket.write(frame(asked.bytes))
    // Left as it is when the reply is there: the iterator would destroy it as if it had failed.
    return await hear(socket.iterator({ destroyOnReturn: false }), asked)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof RefusedError) throw error
    throw new RefusedError('failed', `the name server failed: ${errorText(error)}`, { cause: error })
  } finally {
    clearTimeout(late)
    options.signal?.removeEventListener('abort', abort)
    socket.destroy()
  }
}

/** On a connection there is one question, so what comes is its reply, or the server is broken. */
async function hear(socket: AsyncIterable<Buffer>, asked: Asked): Promise<Received> {
  const frames = new FrameReader()
  for await (const bytes of socket) {
    const [first] = frames.push(bytes)
    if (!first) continue
    const message = decodeMessage(first)
    if (asked.fits(message)) return { message, size: first.length }
    throw new RefusedError('mismatch', 'the name server answered another question than the one asked')
  }
  throw new RefusedError('closed', 'the name server closed without an answer')
}
