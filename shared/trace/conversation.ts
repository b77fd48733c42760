/** One followed connection: what its tap tells goes through its dissector and becomes events. */

import type { Socket } from 'node:net'
import { errorText } from '../errors.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { ProtocolName } from '../protocols/index.ts'
import type { Direction, Dissected, Dissector } from './dissector.ts'
import { type Channel, conversationId, type Side, type TraceEvent, type Transport, traceTime } from './event.ts'
import { type TapOptions, tap } from './tap.ts'

/** How a connection is to be followed. */
export interface FollowOptions extends TapOptions {
  readonly protocol: ProtocolName
  readonly side: Side
  readonly dissector: () => Dissector
  readonly transport?: Transport
  /** True for an error by which a library ends a connection that it needs no more. */
  readonly isExpectedError?: (error: Error) => boolean
}

/** Where events go, and whether anybody wants them. */
export interface Emitter {
  readonly active: boolean
  emit(event: TraceEvent): void
}

/** An event without what every event of a conversation shares. */
type EventBody<E> = E extends TraceEvent ? Omit<E, 'time' | 'protocol' | 'side' | 'conversation' | 'channel'> : never

export class Conversation {
  readonly #socket: Socket
  readonly #follow: FollowOptions
  readonly #emitter: Emitter
  readonly #parent: Conversation | undefined
  #detachListeners: (() => void) | undefined
  #dissector: Dissector | undefined
  #addresses: { client: Address; server: Address } | undefined
  #id: string | undefined
  #ended = new Set<Direction>()
  /**
   * When bytes last went in each direction. A message may be told later than that (what ends it is silence, or the other
   * side's answer), but this is when it was sent or received.
   */
  readonly #lastBytes: Partial<Record<Direction, number>> = {}

  constructor(socket: Socket, follow: FollowOptions, emitter: Emitter, parent?: Conversation) {
    this.#socket = socket
    this.#follow = follow
    this.#emitter = emitter
    this.#parent = parent
  }

  /** The conversation's id; a data connection has its control connection's. */
  get id(): string {
    if (this.#parent) return this.#parent.id
    if (this.#id !== undefined) return this.#id
    const { client, server } = this.addresses
    const id = conversationId(this.#follow.protocol, client, server)
    // Addresses are looked up while the socket still knows them; until it is connected, it does not.
    if (this.#addresses) this.#id = id
    return id
  }

  /** The request that a data connection's content is moved for. */
  get transferExchange(): number {
    return this.#dissector?.transferExchange ?? 0
  }

  get channel(): Channel {
    return this.#parent ? 'data' : 'control'
  }

  /** Who is the client here and who the server. Looked up once, while the socket still knows. */
  get addresses(): { client: Address; server: Address } {
    if (this.#addresses) return this.#addresses
    const socket = this.#socket
    const local = { host: socket.localAddress ?? '?', port: socket.localPort ?? 0 }
    const remote = { host: socket.remoteAddress ?? '?', port: socket.remotePort ?? 0 }
    const addresses =
      this.#follow.side === 'client' ? { client: local, server: remote } : { client: remote, server: local }
    if (socket.localPort !== undefined) this.#addresses = addresses
    return addresses
  }

  /** Starts to listen to the socket's bytes: at once where it is connected, else as soon as it is. */
  attach(): void {
    if (this.#detachListeners || this.#socket.destroyed) return
    this.#dissector = this.#follow.dissector()
    this.#ended.clear()
    const socket = this.#socket
    const offs = [tap(socket, { onBytes: (way, bytes) => this.#handleBytes(way, bytes) }, this.#follow)]
    const listen = (event: string, listener: (emitError: Error) => void) => {
      socket.on(event, listener)
      offs.push(() => socket.off(event, listener))
    }
    if (socket.connecting) listen('connect', () => this.#emitOpen())
    else this.#emitOpen()
    listen('end', () => this.#handleEnd(this.#directionOf('in')))
    listen('finish', () => this.#handleEnd(this.#directionOf('out')))
    listen('error', (emitError: Error) => {
      if (!this.#follow.isExpectedError?.(emitError)) this.error(errorText(emitError))
    })
    listen('close', () => this.#handleClose())
    this.#detachListeners = () => {
      for (const off of offs) off()
    }
  }

  /** Takes everything off the socket again. */
  detach(): void {
    this.#detachListeners?.()
    this.#detachListeners = undefined
    this.#dissector = undefined
  }

  /** Tells what somebody found who knows more than the bytes do, as of HTTP/2, whose frames a library reads. */
  emitDissected(found: Dissected): void {
    this.#emitDissected(found)
  }

  /** Tells a change of state that cannot be read from the bytes alone. */
  emitState(summary: string): void {
    this.#emit({ kind: 'state', summary })
  }

  /** Tells a failure that was asked for. */
  emitFault(summary: string): void {
    this.#emit({ kind: 'fault', summary })
  }

  /** Tells that something went wrong. */
  error(summary: string): void {
    this.#emit({ kind: 'error', summary })
  }

  #emitOpen(): void {
    const { client, server } = this.addresses
    const summary = `connected to ${formatAddress(server)}`
    this.#emit({ kind: 'open', transport: this.#follow.transport ?? 'tcp', client, server, summary })
  }

  #handleBytes(way: 'in' | 'out', bytes: Uint8Array): void {
    const direction = this.#directionOf(way)
    this.#lastBytes[direction] = traceTime()
    this.#dissect(dissector => dissector.push(direction, bytes))
  }

  #handleEnd(direction: Direction): void {
    if (this.#ended.has(direction)) return
    this.#ended.add(direction)
    this.#dissect(dissector => dissector.end(direction))
  }

  /** This runs within the program's own reads and writes: a defect of a dissector ends the telling, nothing else. */
  #dissect(step: (dissector: Dissector) => readonly Dissected[]): void {
    if (!this.#dissector) return
    try {
      for (const found of step(this.#dissector)) this.#emitDissected(found)
    } catch (error) {
      this.#dissector = undefined
      this.error(`the dissector failed: ${errorText(error)}`)
    }
  }

  #handleClose(): void {
    this.#handleEnd('request')
    this.#handleEnd('response')
    this.#emit({ kind: 'close', summary: 'connection closed' })
    this.detach()
  }

  #emitDissected(found: Dissected): void {
    const belongs = this.#parent && 'exchange' in found
    this.#emit(belongs ? { ...found, exchange: this.#parent.transferExchange } : found)
  }

  #emit(told: EventBody<TraceEvent>): void {
    if (!this.#emitter.active) return
    const { protocol, side } = this.#follow
    const spoken = 'direction' in told ? this.#lastBytes[told.direction] : undefined
    this.#emitter.emit({
      time: spoken ?? traceTime(),
      protocol,
      side,
      conversation: this.id,
      channel: this.channel,
      ...told,
    } satisfies TraceEvent)
  }

  /** Bytes that come in at the server are a request; so are bytes that go out at the client. */
  #directionOf(way: 'in' | 'out'): Direction {
    return (way === 'in') === (this.#follow.side === 'server') ? 'request' : 'response'
  }
}
