/** Lets one caller at a time use a resource, in the order of their calls. */
export class Mutex {
  #released: Promise<void> = Promise.resolve()

  /** Waits until the resource is free; returns the function that releases it. */
  acquire(): Promise<() => void> {
    const before = this.#released
    let release = () => {}
    this.#released = new Promise(resolve => {
      release = resolve
    })
    return before.then(() => release)
  }
}
