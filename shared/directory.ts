/** The directory: which endpoints are up. The launcher writes it, DNS publishes it, tests look things up in it. */
import type { Endpoint } from './endpoint.ts'

/** The endpoints that are up, and who wants to know of changes. */
export class Directory {
  #endpoints: readonly Endpoint[] = []
  readonly #listeners = new Set<() => void>()

  /** Every endpoint that is up now, in the order in which they came up. */
  endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }

  /** Replaces what is known, and tells whoever listens. */
  publish(endpoints: readonly Endpoint[]): void {
    this.#endpoints = [...endpoints]
    for (const listener of this.#listeners) listener()
  }

  /** Calls back after every change; returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
