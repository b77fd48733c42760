/** The directory: the endpoints of running services. The launcher writes it, DNS publishes it as records. */
import type { Endpoint } from './endpoint.ts'

export class Directory {
  #endpoints: readonly Endpoint[] = []
  readonly #listeners = new Set<() => void>()

  /** Returns the endpoints of all running services in the order of their start. */
  endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }

  /** Replaces the endpoints and calls the listeners. */
  publish(endpoints: readonly Endpoint[]): void {
    this.#endpoints = [...endpoints]
    for (const listener of this.#listeners) listener()
  }

  /** Adds a listener that is called after every change; returns the function that removes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
