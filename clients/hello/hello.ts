/** Says something to a hello server and hears its answer, until the server closes. */

import { errorText, RefusedError } from '../../shared/errors.ts'
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../shared/net/connect.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { helloDissector } from '../../shared/trace/dissectors/hello.ts'

/** What to say, and to whom: without `host`, to the running suite (or 127.0.0.1). */
export interface HelloRequest {
  /** `Hello from client` where not given. */
  readonly text?: string | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
}

/** What came back, and from whom. */
export interface HelloReply {
  /** What the server answered, as UTF-8. */
  readonly text: string
  /** Who answered. */
  readonly server: Location
}

/** How much of an answer is read. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Says one thing and closes its half; the reply is all that comes until the server closes too (64 KiB at most).
 *
 * @throws UnreachableError when nobody listens there
 * @throws RefusedError when the server closes without a word, is silent for `timeout`, or never stops talking
 */
export async function sayHello(request: HelloRequest, options: ClientOptions = {}): Promise<HelloReply> {
  const { text = 'Hello from client', host, port } = request
  const locate = options.locate ?? locateDirectly
  const server = await locate({ service: 'hello', host, port, signal: options.signal })
  const socket = await connectTcp(server, { protocol: 'hello', dissector: helloDissector }, options)
  const abort = () => socket.destroy(new Error('cancelled', { cause: options.signal?.reason }))
  options.signal?.addEventListener('abort', abort, { once: true })
  // A deadline for the whole answer: a server that says a byte now and then would never be silent for long.
  const tooLate = () => socket.destroy(new Error('it did not answer in time'))
  const deadline = setTimeout(tooLate, options.timeout ?? DEFAULT_TIMEOUT_MS)
  try {
    socket.end(text)
    return { text: await hear(socket), server }
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

async function hear(socket: AsyncIterable<Buffer>): Promise<string> {
  const heard: Buffer[] = []
  let size = 0
  for await (const bytes of socket) {
    heard.push(bytes)
    size += bytes.length
    if (size > MAX_ANSWER_BYTES) throw new RefusedError('long', `the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
  }
  if (size === 0) throw new RefusedError('closed', 'the server closed without an answer')
  return Buffer.concat(heard).toString('utf8')
}
