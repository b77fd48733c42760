/** The trace of a suite or a client: follows connections and passes their events to listeners. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { Conversation } from './conversation.ts'
import { createEvent, type EventOrigin, type Notice } from './create-event.ts'
import type { Dissected } from './dissector.ts'
import { type Cause, type TraceEvent, traceTime } from './event.ts'
import type { FollowOptions } from './follow-options.ts'

/** Receives events. The first exception that a listener throws is reported; the connection is not affected. */
export type TraceListener = (event: TraceEvent) => void

/**
 * Servers and clients register connections with `follow`; listeners registered with `on` receive their events. While there is
 * no listener, a connection is only stored.
 */
export class Trace {
  readonly #listeners = new Set<TraceListener>()
  readonly #followed = new Set<Conversation>()
  readonly #onActivations = new Set<() => void>()
  readonly #reported = new WeakSet<TraceListener>()
  readonly #report: (error: unknown) => void
  readonly #causes = new AsyncLocalStorage<Cause | undefined>()
  /** The calls of `runWithCause` whose work is not done. */
  #causing = 0
  #activations = 0

  /** @param report receives the first error that a listener throws; by default it becomes a warning of the process */
  constructor(report: (error: unknown) => void = warn) {
    this.#report = report
  }

  /** True while there is a listener. Check it before work that only the trace needs. */
  get active(): boolean {
    return this.#listeners.size > 0
  }

  /** Adds a listener for all events from now on; returns the function that removes it. */
  on(listener: TraceListener): () => void {
    // Wrapped, so that a function that is added twice is two listeners.
    const wrapped: TraceListener = event => listener(event)
    this.#listeners.add(wrapped)
    if (this.#listeners.size === 1) {
      this.#activations += 1
      for (const conversation of this.#followed) conversation.attach()
      for (const onActivation of this.#onActivations) onActivation()
    }
    return () => {
      this.#listeners.delete(wrapped)
      if (this.active) return
      for (const conversation of this.#followed) conversation.detach()
      this.#causes.disable()
    }
  }

  /** Calls the function whenever the trace becomes active, after the conversations; returns the function that ends this. */
  onActivation(onActivation: () => void): () => void {
    this.#onActivations.add(onActivation)
    return () => void this.#onActivations.delete(onActivation)
  }

  /** How often the trace has become active. A source of events that are the same for all requests emits them once for each. */
  get activations(): number {
    return this.#activations
  }

  /**
   * Runs the work for a request of the conversation: `cause` returns it in this work and in what it calls, until the promise that
   * it returns settles. While any such work runs, every promise of the process takes several times as long. So call it only for
   * work that can need the database or send mail.
   */
  runWithCause<Result>(cause: Cause | undefined, work: () => Result): Result {
    if (!this.active) return work()
    this.#causing += 1
    try {
      const result = this.#causes.run(cause, work)
      if (result instanceof Promise) result.then(this.#endCausing, this.#endCausing)
      else this.#endCausing()
      return result
    } catch (error) {
      this.#endCausing()
      throw error
    }
  }

  readonly #endCausing = (): void => {
    this.#causing -= 1
    if (this.#causing === 0) this.#causes.disable()
  }

  /** The conversation whose request the running code handles; undefined outside `runWithCause`. */
  get cause(): Cause | undefined {
    return this.active && this.#causing > 0 ? this.#causes.getStore() : undefined
  }

  /** Returns the conversation of an open connection; undefined if the trace does not follow it. */
  conversationOf(socket: Socket): Conversation | undefined {
    return [...this.#followed].find(conversation => conversation.socket === socket)
  }

  /** Passes an event to every listener. */
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

  /** Follows a connection until it closes. Call it before the first byte is read or written. */
  follow(socket: Socket, options: FollowOptions): Conversation {
    return this.#follow(socket, new Conversation(socket, options, this))
  }

  /** Follows an FTP data connection as part of the conversation of its control connection. */
  followData(socket: Socket, options: FollowOptions, control: Conversation): Conversation {
    return this.#follow(socket, new Conversation(socket, options, this, control))
  }

  /** Emits an event of a connection that the trace does not follow. Call it only if `active`. */
  emitFor(origin: EventOrigin, body: Dissected | Notice): void {
    this.emit(createEvent(origin, body, traceTime()))
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
