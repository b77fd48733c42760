/** The hello server: accept, hear one message, answer, close. */
import { createServer, type Socket } from 'node:net'
import { errorText } from '../../shared/errors.ts'
import { peerAddress } from '../../shared/net/address.ts'
import { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { closeServer, createEndpoint, listenTcp } from '../../shared/net/listen.ts'
import { OpenSockets } from '../../shared/net/open-sockets.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { helloDissector } from '../../shared/trace/dissectors/hello.ts'
import type { HelloOptions } from './options.ts'

/** The whole protocol. */
const ANSWER = 'Hello from server'

/** What one client may send before it is cut off. */
const MAX_INPUT_BYTES = 64 * 1024
/** How long a client may be silent. */
const IDLE_TIMEOUT_MS = 30_000
/** How many clients may be connected at once; one more is turned away by closing it. */
const MAX_CONNECTIONS = 1000

export class HelloServer implements Service {
  readonly name = 'hello'
  readonly #options: HelloOptions
  readonly #context: Context
  readonly #sockets = new OpenSockets()
  readonly #server = createServer({ allowHalfOpen: true }, socket => this.#accept(socket))

  constructor(options: HelloOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  async listen(): Promise<readonly Endpoint[]> {
    const address = await listenTcp(this.#server, { service: this.name, ...this.#options })
    return [createEndpoint(this.name, 'tcp', 'tcp', address)]
  }

  async close(): Promise<void> {
    const closed = closeServer(this.#server)
    for (const socket of this.#sockets) if (socket.writableEnded) socket.destroy()
    await this.#sockets.drain(this.#context.drainTime)
    await closed
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    const guard = new ConnectionGuard(socket, this.#context.log, this.name)
    guard.run(() => this.#follow(socket, guard))
  }

  #follow(socket: Socket, guard: ConnectionGuard): void {
    const { log, trace } = this.#context
    const client = peerAddress(socket)
    trace.follow(socket, { protocol: 'hello', side: 'server', dissector: helloDissector })
    log.info({ client }, 'hello: connected')
    socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy(new Error(`silent for ${IDLE_TIMEOUT_MS / 1000} s`)))
    guard.on('error', (error: Error) => log.info({ client, error: errorText(error) }, 'hello: connection failed'))
    this.#converse(socket, client, guard)
  }

  /** Answers the first thing that is said, then hears the client out (within the bound) until it closes too. */
  #converse(socket: Socket, client: string, guard: ConnectionGuard): void {
    let received = 0
    guard.on('data', (bytes: Buffer) => {
      if (received === 0) {
        this.#context.log.info({ client, text: bytes.toString('utf8') }, 'hello: received')
        socket.end(ANSWER)
      }
      received += bytes.length
      if (received > MAX_INPUT_BYTES) socket.destroy(new Error(`sent more than ${MAX_INPUT_BYTES} bytes`))
    })
    socket.on('end', () => socket.end())
  }
}
