/**
 * Data connections in passive and active mode. A command such as EPSV creates a connector; the transfer that follows calls
 * `open`. Each serves one transfer.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { errorText } from '../../../shared/errors.ts'
import { plainHost } from '../../../shared/net/address.ts'
import { ReplyError } from '../session/replies.ts'
import { type DataAddress, hostsEqual } from './addresses.ts'
import type { DataTrace } from './data-trace.ts'
import type { IdleWatch } from './idle-watch.ts'
import type { LeasedListener, PassiveListeners } from './passive-listeners.ts'

/** Opens the data connection of the next transfer. */
export interface DataConnector {
  /**
   * Resolves with the open connection.
   *
   * @throws ReplyError 425 if it cannot be opened in time
   */
  open(): Promise<Socket>
  /** Stops waiting for a connection: `open` rejects. Closes one that `open` has not returned. */
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
  readonly idleWatch: IdleWatch
  readonly trace: DataTrace
  /** Called with every data socket before its first byte. */
  add(socket: Socket, localPort?: number): void
}

/** Waits on a port for the client (RFC 959, section 3.3). Rejects connections from other addresses. */
export class PassiveConnector implements DataConnector {
  readonly #options: DataConnectionOptions
  #lease: LeasedListener | undefined
  #timer: NodeJS.Timeout | undefined
  /** An accepted connection that no transfer uses yet. */
  #unused: Socket | undefined
  #isClosed = false
  /** Set while a transfer waits for the connection. */
  #waiting: { resolve(socket: Socket): void; reject(error: ReplyError): void } | undefined

  private constructor(options: DataConnectionOptions) {
    this.#options = options
  }

  /**
   * Takes a listener from the pool.
   *
   * @throws ReplyError 425 if no port is free
   */
  static async listen(options: DataConnectionOptions, listeners: PassiveListeners): Promise<PassiveConnector> {
    const connector = new PassiveConnector(options)
    connector.#lease = await listeners.acquire(plainHost(options.localHost), {
      // There is one for each session.
      session: options,
      onConnection: socket => connector.#accept(socket),
      onError: () => connector.close(),
    })
    connector.#timer = setTimeout(() => connector.close(), options.timeout)
    return connector
  }

  get port(): number {
    if (!this.#lease) throw new Error('the connector has no listener')
    return this.#lease.port
  }

  #accept(socket: Socket): void {
    if (!hostsEqual(socket.remoteAddress ?? '', this.#options.clientHost)) {
      socket.destroy()
      return
    }
    this.#options.add(socket, this.#lease?.port)
    this.#stopListening(lease => lease.release())
    if (this.#waiting) this.#waiting.resolve(socket)
    else this.#unused = socket
    this.#waiting = undefined
  }

  open(): Promise<Socket> {
    const accepted = this.#unused
    this.#unused = undefined
    if (accepted) return Promise.resolve(accepted)
    if (this.#isClosed) return Promise.reject(notOpened())
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  close(): void {
    this.#isClosed = true
    this.#stopListening(lease => lease.close())
    this.#waiting?.reject(notOpened())
    this.#unused?.destroy()
  }

  #stopListening(giveBack: (lease: LeasedListener) => void): void {
    clearTimeout(this.#timer)
    if (this.#lease) giveBack(this.#lease)
    this.#lease = undefined
  }
}

function notOpened(): ReplyError {
  return new ReplyError(425, 'No data connection was opened')
}

/** Connects to the client's port (PORT, EPRT) when the transfer begins. */
export class ActiveConnector implements DataConnector {
  readonly #options: DataConnectionOptions
  readonly #address: DataAddress
  readonly #closing = new AbortController()

  constructor(options: DataConnectionOptions, address: DataAddress) {
    this.#options = options
    this.#address = address
  }

  async open(): Promise<Socket> {
    const { localHost, timeout } = this.#options
    const local = { localAddress: plainHost(localHost), noDelay: true, allowHalfOpen: true }
    const socket = connect({ ...this.#address, ...local })
    this.#options.add(socket)
    try {
      await once(socket, 'connect', { signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeout)]) })
      return socket
    } catch (error) {
      socket.destroy()
      throw new ReplyError(425, 'Could not connect to the address given', { cause: errorText(error) })
    }
  }

  close(): void {
    this.#closing.abort()
  }
}

/**
 * Checks that the client has ended an upload normally and has not reset the connection; over TLS, its close_notify shows that. If a reset arrives together with data,
 * libuv reports a normal end. An empty write sends nothing, but fails on a connection that was reset.
 *
 * @throws the system error if the connection was reset
 */
export async function assertNotReset(socket: Socket): Promise<void> {
  if ('encrypted' in socket) return
  await new Promise<void>((resolve, reject) => {
    socket.write(new Uint8Array(0), error => (error ? reject(error) : resolve()))
  })
}
