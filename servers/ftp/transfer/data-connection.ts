/**
 * Data connections in passive and active mode. A command such as EPSV creates a connector; the transfer that follows calls
 * `open`. Each serves one transfer.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { errorText } from '../../../shared/errors.ts'
import { plainHost } from '../../../shared/net/address.ts'
import { closeServer } from '../../../shared/net/listen.ts'
import { ReplyError } from '../session/replies.ts'
import { type DataAddress, hostsEqual } from './addresses.ts'
import type { PassivePorts } from './passive-ports.ts'

/** Opens the data connection of the next transfer. */
export interface DataConnector {
  /**
   * Resolves with the open connection.
   *
   * @throws ReplyError 425 if it cannot be opened in time
   */
  open(signal: AbortSignal): Promise<Socket>
  /** Stops waiting for a connection, and closes one that `open` has not returned. */
  close(): void
}

export interface DataConnectionOptions {
  /** The server's address for data connections: that of the control connection, unless a balancer on another machine is in front. */
  readonly localHost: string
  /** False if a client that connects to the host of its control connection would reach a balancer. */
  readonly allowsEpsv: boolean
  /** The client's address on the control connection. */
  readonly clientHost: string
  /** Milliseconds until a data connection must be open. */
  readonly timeout: number
  /** Called with every data socket before its first byte. */
  onSocket(socket: Socket): void
}

/** Listens on a port for the client (RFC 959, section 3.3). Rejects connections from other addresses. */
export class PassiveConnector implements DataConnector {
  readonly port: number
  readonly #options: DataConnectionOptions
  readonly #server: Server
  readonly #release: () => void
  readonly #accepted: Promise<Socket>
  #resolve: (socket: Socket) => void = () => {}
  #reject: (error: ReplyError) => void = () => {}
  #listening = true
  readonly #timer: NodeJS.Timeout
  /** An accepted connection that no transfer uses yet. */
  #unused: Socket | undefined

  private constructor(options: DataConnectionOptions, server: Server, port: number, release: () => void) {
    this.#options = options
    this.#server = server
    this.#release = release
    this.port = port
    this.#timer = setTimeout(() => this.close(), options.timeout)
    this.#accepted = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // If no transfer awaits the promise, its rejection must not end the process.
    void Promise.allSettled([this.#accepted])
    server.on('connection', socket => this.#accept(socket))
    server.on('error', () => this.close())
  }

  /**
   * Listens on a free port.
   *
   * @throws ReplyError 425 if no port is free
   */
  static async listen(options: DataConnectionOptions, ports: PassivePorts): Promise<PassiveConnector> {
    const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true })
    const { port, release } = await ports.listen(server, plainHost(options.localHost))
    return new PassiveConnector(options, server, port, release)
  }

  #accept(socket: Socket): void {
    const isClient = hostsEqual(socket.remoteAddress ?? '', this.#options.clientHost)
    if (!isClient || this.#unused) {
      socket.destroy()
      return
    }
    this.#unused = socket
    this.#options.onSocket(socket)
    this.#stopListening()
    this.#resolve(socket)
  }

  async open(signal: AbortSignal): Promise<Socket> {
    signal.throwIfAborted()
    const aborted = once(signal, 'abort').then(() => {
      throw new ReplyError(426, 'Transfer aborted')
    })
    const socket = await Promise.race([this.#accepted, aborted])
    this.#unused = undefined
    return socket
  }

  close(): void {
    this.#stopListening()
    this.#reject(new ReplyError(425, 'No data connection was opened'))
    this.#unused?.destroy()
  }

  #stopListening(): void {
    if (!this.#listening) return
    this.#listening = false
    clearTimeout(this.#timer)
    // The port is free at once; the server closes with its last connection.
    void closeServer(this.#server)
    this.#release()
  }
}

/** Connects to the client's port (PORT, EPRT) when the transfer begins. */
export class ActiveConnector implements DataConnector {
  readonly #options: DataConnectionOptions
  readonly #address: DataAddress

  constructor(options: DataConnectionOptions, address: DataAddress) {
    this.#options = options
    this.#address = address
  }

  async open(signal: AbortSignal): Promise<Socket> {
    const { localHost, timeout } = this.#options
    const local = { localAddress: plainHost(localHost), noDelay: true, allowHalfOpen: true }
    const socket = connect({ ...this.#address, ...local })
    this.#options.onSocket(socket)
    try {
      await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) })
      return socket
    } catch (error) {
      socket.destroy()
      throw new ReplyError(425, 'Could not connect to the address given', { cause: errorText(error) })
    }
  }

  close(): void {}
}

/**
 * Checks that the client has ended an upload normally and has not reset the connection. If a reset arrives together with data,
 * libuv reports a normal end. An empty write sends nothing, but fails on a connection that was reset.
 *
 * @throws the system error if the connection was reset
 */
export async function assertNotReset(socket: Socket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.write(new Uint8Array(0), error => (error ? reject(error) : resolve()))
  })
}
