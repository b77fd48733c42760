import type { Socket } from 'node:net'

/** The open sockets of a server, so that closing it can wait for them, and end those that do not end by themselves. */
export class OpenSockets {
  readonly #sockets = new Set<Socket>()

  /** Remembers the socket until it closes. */
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

  /** Waits until all are closed, at most that many milliseconds; then destroys the rest. */
  async drain(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => this.destroy(), milliseconds)
    await Promise.all([...this.#sockets].map(socket => new Promise(resolve => socket.once('close', resolve))))
    clearTimeout(timer)
  }

  /** Ends all of them at once. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
