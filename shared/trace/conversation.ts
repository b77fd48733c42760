/** A traced connection: passes the bytes of its tap to its dissector and emits the results as events. */

import type { Socket } from 'node:net'
import { errorText } from '../errors.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { createEvent, type EventOrigin, type Notice } from './create-event.ts'
import { Dissection } from './dissection.ts'
import type { Direction, Dissected } from './dissector.ts'
import { type Cause, type Channel, conversationId, type TraceEvent, traceTime } from './event.ts'
import type { FollowOptions } from './follow-options.ts'
import { type Flow, tap } from './tap.ts'

/** Receives events. */
export interface Emitter {
  /** False while there is no listener. */
  readonly active: boolean
  emit(event: TraceEvent): void
  runWithCause<Result>(cause: Cause | undefined, work: () => Result): Result
}

export class Conversation {
  #cause: Cause | undefined
  #socket: Socket
  readonly #options: FollowOptions
  readonly #emitter: Emitter
  readonly #parent: Conversation | undefined
  #detachListeners: (() => void) | undefined
  #isPaused = false
  #isAttached = false
  /** Undefined while the conversation observes no bytes. */
  #dissection: Dissection | undefined
  #addresses: { client: Address; server: Address } | undefined
  #id: string | undefined
  /** What all events have in common; undefined if it is not known yet, or has changed. */
  #origin: EventOrigin | undefined
  /**
   * The time of the last bytes in each direction. A message has this time even if its event is emitted later, because only a
   * pause or the other side's response shows that the message has ended.
   */
  readonly #lastBytesAt: Record<Direction, number | undefined> = { request: undefined, response: undefined }

  /** @param parent the control connection, if this is a data connection */
  constructor(socket: Socket, options: FollowOptions, emitter: Emitter, parent?: Conversation) {
    this.#socket = socket
    this.#options = options
    this.#emitter = emitter
    this.#parent = parent
    this.#cause = options.cause
    this.#addresses = options.addresses
  }

  /** The socket that the conversation observes. */
  get socket(): Socket {
    return this.#socket
  }

  /** The id of the conversation; a data connection has the id of its control connection. */
  get id(): string {
    if (this.#parent) return this.#parent.id
    if (this.#id !== undefined) return this.#id
    const { client, server } = this.addresses
    const id = conversationId(this.#options.protocol, client, server)
    // A socket has no addresses before it is connected.
    if (this.#addresses) this.#id = id
    return id
  }

  /** The conversation that the connection is used for now: a pool gives one connection to many, one after another. */
  get cause(): Cause | undefined {
    return this.#cause
  }

  set cause(cause: Cause | undefined) {
    this.#cause = cause
    this.#origin = undefined
  }

  /** True while the trace has a listener. Check it before work that only the trace needs. */
  get isTraced(): boolean {
    return this.#emitter.active
  }

  /** The exchange whose content a data connection transfers. */
  get transferExchange(): number {
    return this.#dissection?.transferExchange ?? 0
  }

  get channel(): Channel {
    return this.#parent ? 'data' : 'control'
  }

  /** The addresses of both ends. Stored, because a closed socket has none. */
  get addresses(): { client: Address; server: Address } {
    if (this.#addresses) return this.#addresses
    const socket = this.#socket
    const local = { host: socket.localAddress ?? '?', port: socket.localPort ?? 0 }
    const remote = { host: socket.remoteAddress ?? '?', port: socket.remotePort ?? 0 }
    const addresses =
      this.#options.side === 'client' ? { client: local, server: remote } : { client: remote, server: local }
    if (socket.localPort !== undefined) this.#addresses = addresses
    return addresses
  }

  /** Attaches listeners to the socket and starts to emit events. */
  attach(): void {
    if (this.#detachListeners || this.#isPaused || this.#socket.destroyed) return
    const dissector = this.#options.dissector?.()
    this.#dissection = dissector && new Dissection(dissector, this)
    this.#isAttached = true
    this.#attachListeners()
    if (!this.#socket.connecting) this.#emitOpen()
  }

  /** Stops observing the socket until `continueOn`: the bytes of a TLS handshake are not the protocol's. */
  pause(): void {
    this.#isPaused = true
    // Behind a balancer, the TLS socket that follows does not know them.
    void this.addresses
    this.#detachListeners?.()
    this.#detachListeners = undefined
    // The connection can end during the handshake.
    this.#socket.once('close', this.#closeWhilePaused)
  }

  /** Continues the conversation on the TLS socket that replaces the socket, as after STARTTLS. */
  continueOn(socket: Socket): void {
    this.#isPaused = false
    this.#socket.off('close', this.#closeWhilePaused)
    this.#socket = socket
    if (!this.#emitter.active) return
    if (!this.#isAttached) {
      this.attach()
      return
    }
    this.#dissection?.startTls()
    this.#attachListeners()
  }

  readonly #closeWhilePaused = (): void => this.#handleClose()

  #attachListeners(): void {
    const socket = this.#socket
    const detachers: (() => void)[] = []
    if (this.#options.dissector) {
      detachers.push(tap(socket, { onBytes: (flow, bytes) => this.#handleBytes(flow, bytes) }))
    }
    const listen = (event: string, listener: (error: Error) => void) => {
      socket.on(event, listener)
      detachers.push(() => socket.off(event, listener))
    }
    if (socket.connecting) listen('connect', () => this.#emitOpen())
    listen('end', () => this.#dissection?.end(this.#directionOf('in')))
    listen('finish', () => this.#dissection?.end(this.#directionOf('out')))
    listen('error', error => {
      if (!this.#options.isExpectedError?.(error)) this.emitError(errorText(error))
    })
    listen('close', () => this.#handleClose())
    this.#detachListeners = () => {
      for (const detach of detachers) detach()
    }
  }

  /** Removes all listeners from the socket. */
  detach(): void {
    this.#detachListeners?.()
    this.#detachListeners = undefined
    this.#dissection = undefined
    this.#isAttached = false
  }

  /**
   * Emits a result of the dissector, or of a server that parses the messages itself and follows the socket without a dissector.
   * Such a server checks `isTraced` first.
   *
   * @param time when the message was received or sent. Default: the time of the last bytes of its direction, or now
   */
  emitDissected(dissected: Dissected, time?: number): void {
    if (!this.#emitter.active) return
    if (!('direction' in dissected)) {
      this.#emitter.emit(createEvent(this.#originOfEvents, dissected, time ?? traceTime()))
      return
    }
    const at = time ?? this.#lastBytesAt[dissected.direction] ?? traceTime()
    // The exchange of a data connection's content is known only from the commands on the control connection.
    this.#emitter.emit(createEvent(this.#originOfEvents, dissected, at, this.#parent?.transferExchange))
  }

  /** Emits a change of state that the bytes do not show. */
  emitState(summary: string): void {
    this.#emitNotice({ kind: 'state', summary })
  }

  /** Emits an injected fault. */
  emitFault(summary: string): void {
    this.#emitNotice({ kind: 'fault', summary })
  }

  /** Runs the work for a request: the statements that it sends to the database have this conversation as their cause. */
  runAsCause<Result>(work: () => Result): Result {
    return this.#emitter.runWithCause(this, work)
  }

  emitError(summary: string): void {
    this.#emitNotice({ kind: 'error', summary })
  }

  #emitOpen(): void {
    const { client, server } = this.addresses
    const summary = `connected to ${formatAddress(server)}`
    this.#emitNotice({ kind: 'open', transport: this.#options.transport ?? 'tcp', client, server, summary })
  }

  #handleBytes(flow: Flow, bytes: Uint8Array): void {
    const direction = this.#directionOf(flow)
    this.#lastBytesAt[direction] = traceTime()
    this.#dissection?.push(direction, bytes)
  }

  #handleClose(): void {
    this.#dissection?.end('request')
    this.#dissection?.end('response')
    this.#emitNotice({ kind: 'close', summary: 'connection closed' })
    // The socket emits nothing more, so its listeners can stay until it is collected.
    this.#detachListeners = undefined
    this.#dissection = undefined
    this.#isAttached = false
  }

  #emitNotice(notice: Notice): void {
    if (this.#emitter.active) this.#emitter.emit(createEvent(this.#originOfEvents, notice, traceTime()))
  }

  get #originOfEvents(): EventOrigin {
    if (this.#origin) return this.#origin
    const { protocol, side } = this.#options
    const origin = { protocol, side, conversation: this.id, channel: this.channel, cause: this.#cause?.id }
    // A socket has no addresses before it is connected.
    if ((this.#parent ?? this).#id !== undefined) this.#origin = origin
    return origin
  }

  /** A server receives requests; a client sends them. */
  #directionOf(flow: Flow): Direction {
    return (flow === 'in') === (this.#options.side === 'server') ? 'request' : 'response'
  }
}
