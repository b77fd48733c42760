/** A port on which data connections arrive. At any time, one session uses it, or none. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { closeServer } from '../../../shared/net/listen.ts'

/** The session that uses a listener, and what it does with the events. */
export interface PassiveListenerUser {
  /** Identifies the session. */
  readonly session: object
  /** Takes a connection; nothing is read from it yet. */
  onConnection(socket: Socket): void
  onError(): void
}

export interface PassiveListenerOptions {
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /** Returns the time in milliseconds; it never decreases. */
  now(): number
  /** Is called after an error of the system. */
  onError(listener: PassiveListener): void
}

export class PassiveListener {
  readonly host: string
  readonly port: number
  /** Since when the pool has it. */
  idleSince = 0
  /** True after an error of the system. */
  isBroken = false
  readonly #server: Server
  readonly #now: () => number
  #user: PassiveListenerUser | undefined
  /** The session that used it last. */
  #session: object | undefined
  /** The last time at which a session used it, or a connection arrived that no session expected. */
  #usedAt = Number.NEGATIVE_INFINITY

  private constructor(server: Server, { host, now, onError }: PassiveListenerOptions) {
    this.host = host
    this.#server = server
    this.#now = now
    this.port = (server.address() as AddressInfo).port
    server.on('connection', socket => this.#accept(socket))
    server.on('error', () => {
      this.isBroken = true
      this.#user?.onError()
      onError(this)
    })
  }

  static async open(options: PassiveListenerOptions): Promise<PassiveListener> {
    const { host, port } = options
    const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true })
    server.listen({ host, port })
    await once(server, 'listening')
    return new PassiveListener(server, options)
  }

  /** Connections go to the session from now on. */
  lease(user: PassiveListenerUser): void {
    this.#user = user
    this.#session = user.session
  }

  /** Connections are closed from now on. */
  release(): void {
    this.#user = undefined
    this.#usedAt = this.#now()
  }

  /** True if no other session has used it since this one. */
  isOf(session: object): boolean {
    return this.#session === session
  }

  /** True if no session has used it for that time, and no connection has arrived. */
  hasRested(milliseconds: number): boolean {
    return this.#now() - this.#usedAt >= milliseconds
  }

  #accept(socket: Socket): void {
    if (this.#user) {
      this.#user.onConnection(socket)
    } else {
      socket.destroy()
      this.#usedAt = this.#now()
    }
  }

  /** Stops listening at once; resolves when all accepted connections are closed. Connections that were not accepted are reset. */
  close(): Promise<void> {
    return closeServer(this.#server)
  }
}
