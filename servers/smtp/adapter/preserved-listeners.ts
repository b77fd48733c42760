/**
 * The listeners of a socket that must survive STARTTLS. smtp-server removes all listeners from the socket then, also those
 * with which the server counts its connections. Part of the adapter: see `smtp-server.ts`.
 */
import type { Socket } from 'node:net'

type Listener = (...args: unknown[]) => void

/** Events that the socket still emits below TLS. */
const EVENTS = ['close', 'error', 'timeout'] as const

export class PreservedListeners {
  readonly #socket: Socket
  readonly #ownListeners = new Set<Listener>()

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Runs a function of smtp-server; the listeners that it adds are not preserved. */
  except(addListeners: () => void): void {
    const counts = EVENTS.map(event => this.#socket.listenerCount(event))
    addListeners()
    EVENTS.forEach((event, index) => {
      const added = this.#socket.rawListeners(event).slice(counts[index])
      for (const listener of added) this.#ownListeners.add(listener as Listener)
    })
  }

  /** Runs a function that removes all listeners, then adds those again that smtp-server did not add itself. */
  during(removeListeners: () => void): void {
    const preserved = this.#listeners().filter(([, listener]) => !this.#ownListeners.has(listener))
    removeListeners()
    for (const [event, listener] of preserved) this.#socket.on(event, listener)
  }

  /** With the wrappers of `once`, which remove themselves. */
  #listeners(): [string, Listener][] {
    return EVENTS.flatMap(event =>
      this.#socket.rawListeners(event).map((listener): [string, Listener] => [event, listener as Listener]),
    )
  }
}
