import type { Socket } from 'node:net'

/** The open sockets of a server: when it closes, it waits for them and ends those that stay open. */
export class OpenSockets {
  readonly #sockets = new Set<Socket>()

  /** Adds a socket until it closes. */
  add(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  get size(): number {
    return this.#sockets.size
  }

  [Symbol.iterator](): Iterator<Socket> {
    return this.#sockets.values()
  }

  /**
   * Waits until all are closed. Ends the rest after `milliseconds`.
   *
   * @param end ends one socket; destroys it by default
   */
  async drain(milliseconds: number, end = (socket: Socket): void => void socket.destroy()): Promise<void> {
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) end(socket)
    }, milliseconds)
    await Promise.all([...this.#sockets].map(socket => new Promise(resolve => socket.once('close', resolve))))
    clearTimeout(timer)
  }

  /** Destroys all of them at once. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
