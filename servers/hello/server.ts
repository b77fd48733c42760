/** The hello server: accepts a connection, answers the first bytes it receives, and closes. */
import type { Log } from '../../shared/log.ts'
import { type ConnectionHandler, type StreamConnection, StreamServer } from '../../shared/net/stream-server.ts'
import { hello } from '../../shared/protocols/hello.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import type { HelloOptions } from './options.ts'

const ANSWER = 'Hello from server'

/** Bounds what one client can send. */
const MAX_INPUT_BYTES = 64 * 1024
const IDLE_TIMEOUT_MS = 30_000
const MAX_CONNECTIONS = 1000

export class HelloServer implements Service {
  readonly name = 'hello'
  readonly #options: HelloOptions
  readonly #log: Log
  readonly #server: StreamServer

  constructor(options: HelloOptions, context: Context) {
    this.#options = options
    this.#log = context.log
    this.#server = new StreamServer(context, {
      protocol: hello,
      maxConnections: MAX_CONNECTIONS,
      whenFull: { action: 'close' },
      idleTimeout: IDLE_TIMEOUT_MS,
      handle: connection => this.#handle(connection),
    })
  }

  listen(): Promise<readonly Endpoint[]> {
    return this.#server.listen(this.#options)
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  /** Answers the first bytes, then discards input, up to a bound, until the client ends its side. */
  #handle({ socket, guard, client }: StreamConnection): ConnectionHandler {
    this.#log.info({ client }, 'hello: connected')
    let received = 0
    guard.on('data', (bytes: Buffer) => {
      if (received === 0) {
        this.#log.info({ client, text: bytes.toString('utf8') }, 'hello: received')
        socket.end(ANSWER)
      }
      received += bytes.length
      if (received > MAX_INPUT_BYTES) socket.destroy(new Error(`sent more than ${MAX_INPUT_BYTES} bytes`))
    })
    guard.on('end', () => socket.end())
    const finish = () => {
      // Do not wait for a client that has its answer.
      if (socket.writableEnded) socket.destroy()
    }
    return { finish }
  }
}
