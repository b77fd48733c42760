/** Sends a text to a hello server and reads its answer until the server closes. */
import { errorText, RefusedError } from '../../shared/errors.ts'
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../shared/net/connect.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { helloDissector } from '../../shared/trace/dissectors/hello.ts'

/** The text and the server to send it to. */
export interface HelloRequest {
  /** Default: `Hello from client`. */
  readonly text?: string | undefined
  /** Default: the running suite, or else 127.0.0.1. */
  readonly host?: string | undefined
  readonly port?: number | undefined
}

/** The answer, and the server that sent it. */
export interface HelloReply {
  /** The answer as UTF-8. */
  readonly text: string
  readonly server: Location
}

const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Sends a text and ends the client's side. The answer is everything that the server sends until it ends its side, at most
 * 64 KiB.
 *
 * @throws UnreachableError if no server listens there
 * @throws RefusedError if the server closes without an answer, does not end its answer in `timeout` milliseconds, or sends
 * too much
 */
export async function sendHello(request: HelloRequest, options: ClientOptions = {}): Promise<HelloReply> {
  const { text = 'Hello from client', host, port } = request
  const locate = options.locate ?? locateDirectly
  const server = await locate({ service: 'hello', host, port, signal: options.signal })
  const socket = await connectTcp(server, { protocol: 'hello', dissector: helloDissector }, options)
  const abort = () => socket.destroy(new Error('cancelled', { cause: options.signal?.reason }))
  options.signal?.addEventListener('abort', abort, { once: true })
  // One deadline for the whole answer: a server that sends one byte at a time is never idle for long.
  const onTimeout = () => socket.destroy(new Error('it did not answer in time'))
  const deadline = setTimeout(onTimeout, options.timeout ?? DEFAULT_TIMEOUT_MS)
  try {
    socket.end(text)
    return { text: await readAnswer(socket), server }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof RefusedError) throw error
    throw new RefusedError('closed', `the hello server failed: ${errorText(error)}`, { cause: error })
  } finally {
    clearTimeout(deadline)
    options.signal?.removeEventListener('abort', abort)
    socket.destroy()
  }
}

async function readAnswer(socket: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of socket) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new RefusedError('long', `the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
  }
  if (size === 0) throw new RefusedError('closed', 'the server closed without an answer')
  return Buffer.concat(chunks).toString('utf8')
}
