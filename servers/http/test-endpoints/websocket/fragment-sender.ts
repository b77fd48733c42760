/** Sends messages of a WebSocket connection in fragments. Reads no further while the client does not read. */
import type { WebSocket } from 'ws'

/** Bytes that wait for the client before the server stops reading. */
const MAX_BUFFERED_BYTES = 64 * 1024

export interface Message {
  readonly data: Buffer
  readonly binary: boolean
}

export class FragmentSender {
  readonly #webSocket: WebSocket
  readonly #fragmentSize: number
  /** Bounded by what one read of the socket has: it is paused while messages wait. */
  readonly #waiting: Message[] = []
  /** Bytes of the first waiting message that were sent. */
  #sentBytes = 0
  #isBlocked = false

  constructor(webSocket: WebSocket, fragmentSize: number) {
    this.#webSocket = webSocket
    this.#fragmentSize = fragmentSize
  }

  /** Sends a message at once if the client reads, so that it precedes the response to a close frame. */
  send(message: Message): void {
    this.#waiting.push(message)
    if (!this.#isBlocked) this.#sendWaiting()
  }

  #sendWaiting(): void {
    for (let message = this.#waiting[0]; message && !this.#isBlocked; message = this.#waiting[0])
      this.#sendFragment(message)
  }

  #sendFragment({ data, binary }: Message): void {
    const end = this.#sentBytes + this.#fragmentSize
    const fragment = data.subarray(this.#sentBytes, end)
    const fin = end >= data.length
    this.#sentBytes = fin ? 0 : end
    if (fin) this.#waiting.shift()
    if (this.#webSocket.bufferedAmount <= MAX_BUFFERED_BYTES) this.#webSocket.send(fragment, { binary, fin })
    else this.#sendAndWait(fragment, { binary, fin })
  }

  #sendAndWait(fragment: Buffer, options: { readonly binary: boolean; readonly fin: boolean }): void {
    this.#isBlocked = true
    this.#webSocket.pause()
    this.#webSocket.send(fragment, options, error => {
      // The connection has ended.
      if (error) return
      this.#isBlocked = false
      this.#sendWaiting()
      if (!this.#isBlocked) this.#webSocket.resume()
    })
  }
}
