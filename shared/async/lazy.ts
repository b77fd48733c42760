/**
 * A value that is created when it is first needed. Concurrent callers share one attempt; after a failed attempt, the next
 * call tries again. Pure.
 */
export class Lazy<Value> {
  readonly #create: () => Promise<Value>
  #value: Promise<Value> | undefined

  constructor(create: () => Promise<Value>) {
    this.#create = create
  }

  /** The value, or the attempt that runs; undefined if there is neither. */
  get current(): Promise<Value> | undefined {
    return this.#value
  }

  get(): Promise<Value> {
    this.#value ??= this.#create().catch(error => {
      this.#value = undefined
      throw error
    })
    return this.#value
  }
}
