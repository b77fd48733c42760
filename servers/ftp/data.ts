/** The data connection, by either way of making it. Each serves one transfer. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { errorText } from '../../shared/errors.ts'
import { plainHost } from '../../shared/net/address.ts'
import { closeServer } from '../../shared/net/listen.ts'
import { type DataAddress, sameHost } from './addresses.ts'
import type { PassivePorts } from './passive-ports.ts'
import { Refusal } from './replies.ts'

/** What the next transfer will use. */
export interface DataConnector {
  /**
   * The connection, once it is there.
   *
   * @throws Refusal 425 when it does not come
   */
  socket(signal: AbortSignal): Promise<Socket>
  /** Takes back what was offered. A connection that came and was not used is closed; one that was handed out is not. */
  close(): void
}

/** Both ends of the control connection, and what is done with a data socket before anything else. */
export interface DataContext {
  readonly local: string
  readonly peer: string
  /** Milliseconds that a data connection may take to come. */
  readonly patience: number
  adopt(socket: Socket): void
}

/** Waits for the client at a port (RFC 959, 3.3). Anyone else who comes there is turned away. */
export class PassiveConnector implements DataConnector {
  readonly #context: DataContext
  readonly #server: Server
  readonly #release: () => void
  readonly #arrival: Promise<Socket>
  #arrive: (socket: Socket) => void = () => {}
  #fail: (why: Refusal) => void = () => {}
  #listening = true
  readonly #timer: NodeJS.Timeout
  #waiting: Socket | undefined
  readonly port: number

  private constructor(context: DataContext, server: Server, port: number, release: () => void) {
    this.#context = context
    this.#server = server
    this.#release = release
    this.port = port
    this.#timer = setTimeout(() => this.close(), context.patience)
    this.#arrival = new Promise((resolve, reject) => {
      this.#arrive = resolve
      this.#fail = reject
    })
    // Whoever waits for it is told of a failure; where nobody does, there is nobody to tell.
    void Promise.allSettled([this.#arrival])
    server.on('connection', socket => this.#accept(socket))
    // A connection that could not be accepted is one that did not come.
    server.on('error', () => this.close())
  }

  /** @throws Refusal 425 when no port is free */
  static async open(context: DataContext, ports: PassivePorts): Promise<PassiveConnector> {
    const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true })
    const { port, release } = await ports.listen(server, plainHost(context.local))
    return new PassiveConnector(context, server, port, release)
  }

  #accept(socket: Socket): void {
    const isClient = sameHost(socket.remoteAddress ?? '', this.#context.peer)
    if (!isClient || this.#waiting) {
      socket.destroy()
      return
    }
    this.#waiting = socket
    this.#context.adopt(socket)
    this.#stopListening()
    this.#arrive(socket)
  }

  async socket(signal: AbortSignal): Promise<Socket> {
    signal.throwIfAborted()
    const aborted = once(signal, 'abort').then(() => {
      throw new Refusal(426, 'Transfer aborted')
    })
    const socket = await Promise.race([this.#arrival, aborted])
    this.#waiting = undefined
    return socket
  }

  close(): void {
    this.#stopListening()
    this.#fail(new Refusal(425, 'No data connection came'))
    this.#waiting?.destroy()
  }

  #stopListening(): void {
    if (!this.#listening) return
    this.#listening = false
    clearTimeout(this.#timer)
    // The port is free at once; that the server is only closed with its last connection is of no matter.
    void closeServer(this.#server)
    this.#release()
  }
}

/** Connects to where the client listens (`PORT`, `EPRT`), when the transfer begins. */
export class ActiveConnector implements DataConnector {
  readonly #context: DataContext
  readonly #address: DataAddress

  constructor(context: DataContext, address: DataAddress) {
    this.#context = context
    this.#address = address
  }

  async socket(signal: AbortSignal): Promise<Socket> {
    const local = { localAddress: plainHost(this.#context.local), noDelay: true, allowHalfOpen: true }
    const socket = connect({ ...this.#address, ...local })
    this.#context.adopt(socket)
    try {
      await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(this.#context.patience)]) })
      return socket
    } catch (error) {
      socket.destroy()
      throw new Refusal(425, 'Could not connect to the address given', { cause: errorText(error) })
    }
  }

  close(): void {}
}

/**
 * A client that dies in the middle of an upload resets the connection, but where the reset comes together with data, libuv
 * reports an ordinary end. Writing nothing tells the two apart: it puts no byte on the wire, and fails on what was reset.
 *
 * @throws the system's error for a connection that was reset
 */
export async function assertNotReset(socket: Socket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.write(new Uint8Array(0), error => (error ? reject(error) : resolve()))
  })
}
