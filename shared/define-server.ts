/** Declares a server whose implementation is loaded when it first listens, so that other commands and services start fast. */
import type * as z from 'zod'
import type { Context, Endpoint, ServerDefinition, Service } from './service.ts'

/** A definition with `load` in place of `create`. */
interface LazyServerDefinition<Schema extends z.ZodObject, Api extends object>
  extends Omit<ServerDefinition<Schema, Api>, 'create'> {
  /** Loads the class of the service. */
  load(): Promise<new (options: z.output<Schema>, context: Context) => Service<Api>>
}

/** Declares a server; the class that `load` returns defines the types of its options and its API. */
export function defineServer<Schema extends z.ZodObject, Api extends object = object>(
  definition: LazyServerDefinition<Schema, Api>,
): ServerDefinition<Schema, Api> {
  const { load, ...described } = definition
  return {
    ...described,
    create: (options, context) =>
      new LazyService(definition.name, async () => {
        const Implementation = await load()
        return new Implementation(options, context)
      }),
  }
}

/** Calls `listen` and `close` of the loaded service at most once each, and never `close` while `listen` is pending. */
class LazyService<Api extends object> implements Service<Api> {
  readonly name: string
  readonly #load: () => Promise<Service<Api>>
  #service: Service<Api> | undefined
  #listening: Promise<readonly Endpoint[]> | undefined
  #closing: Promise<void> | undefined

  constructor(name: string, load: () => Promise<Service<Api>>) {
    this.name = name
    this.#load = load
  }

  listen(): Promise<readonly Endpoint[]> {
    this.#listening ??= this.#listen()
    return this.#listening
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async reload(): Promise<void> {
    await this.#service?.reload?.()
  }

  async reset(): Promise<void> {
    await this.#service?.reset?.()
  }

  get api(): Api | undefined {
    return this.#service?.api
  }

  async #listen(): Promise<readonly Endpoint[]> {
    if (this.#closing) throw new Error(`${this.name} has been closed`)
    this.#service = await this.#load()
    return this.#service.listen()
  }

  async #close(): Promise<void> {
    // The caller of `listen` gets its error.
    await Promise.allSettled([this.#listening])
    await this.#service?.close()
  }
}
