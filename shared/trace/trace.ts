/**
 * The trace of one suite or one client: connections are followed here, and listeners hear what was said on them. While
 * nobody listens, following a connection is remembering it, and no more.
 */

import type { Socket } from 'node:net'
import type { Address } from '../net/address.ts'
import type { ProtocolName } from '../protocols/index.ts'
import { Conversation, type FollowOptions } from './conversation.ts'
import type { Direction, Dissector } from './dissector.ts'
import { conversationId, type Side, type TraceEvent, traceTime } from './event.ts'

/** Hears events; what it throws is reported and goes no further. */
export type TraceListener = (event: TraceEvent) => void

/** Whose datagram it was. */
export interface DatagramOptions {
  readonly protocol: ProtocolName
  readonly side: Side
  readonly client: Address
  readonly server: Address
  /** Made anew for every datagram: a datagram is one message. */
  readonly dissector: () => Dissector
}

/** Where conversations are followed, and heard: `trace.on(event => ...)`. */
export class Trace {
  readonly #listeners = new Set<TraceListener>()
  readonly #followed = new Set<Conversation>()
  readonly #reported = new WeakSet<TraceListener>()
  readonly #report: (error: unknown) => void

  /** @param report receives the first error that a listener throws; by default it becomes a warning of the process */
  constructor(report: (error: unknown) => void = warn) {
    this.#report = report
  }

  /** True while somebody listens. Ask before doing work that only the trace needs. */
  get active(): boolean {
    return this.#listeners.size > 0
  }

  /** Calls back for every event from now on; returns the function that ends it. */
  on(listener: TraceListener): () => void {
    // Wrapped, so that one function given twice is two listeners and each ends by its own.
    const own: TraceListener = event => listener(event)
    this.#listeners.add(own)
    if (this.#listeners.size === 1) for (const conversation of this.#followed) conversation.attach()
    return () => {
      this.#listeners.delete(own)
      if (!this.active) for (const conversation of this.#followed) conversation.detach()
    }
  }

  /** Tells every listener. One that throws is reported and harms neither the others nor the conversation. */
  emit(event: TraceEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        if (this.#reported.has(listener)) continue
        this.#reported.add(listener)
        this.#report(error)
      }
    }
  }

  /** Follows a connection from now to its close. Call it where the socket is made or accepted, before any byte. */
  follow(socket: Socket, about: FollowOptions): Conversation {
    return this.#follow(socket, new Conversation(socket, about, this))
  }

  /** Follows an FTP data connection as a part of its control connection's conversation. */
  followData(socket: Socket, about: FollowOptions, control: Conversation): Conversation {
    return this.#follow(socket, new Conversation(socket, about, this, control))
  }

  /** Tells one datagram, whole. Call it only where `active`. */
  emitDatagram(about: DatagramOptions, direction: Direction, bytes: Uint8Array): void {
    const { protocol, side, client, server } = about
    const shared = { time: traceTime(), protocol, side, channel: 'control' } as const
    const conversation = conversationId(protocol, client, server)
    const dissector = about.dissector()
    for (const found of [...dissector.push(direction, bytes), ...dissector.end(direction)]) {
      this.emit({ ...shared, conversation, ...found })
    }
  }

  #follow(socket: Socket, conversation: Conversation): Conversation {
    this.#followed.add(conversation)
    socket.once('close', () => this.#followed.delete(conversation))
    if (this.active) conversation.attach()
    return conversation
  }
}

function warn(error: unknown): void {
  const detail = error instanceof Error ? error.stack : String(error)
  process.emitWarning('trace listener failed', { type: 'FourwireWarning', ...(detail && { detail }) })
}
