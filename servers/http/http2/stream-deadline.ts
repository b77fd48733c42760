/**
 * Resets streams of HTTP/2 whose clients take a response too slowly. `stream.setTimeout` is not enough: frames that arrive restart
 * it, so that a client could hold a stream, and its file, with a byte from time to time.
 */
import { constants, type ServerHttp2Stream } from 'node:http2'

/** A client that takes less is slower than any network. */
const MIN_BYTES_PER_SECOND = 4096

export class StreamDeadline {
  readonly #stream: ServerHttp2Stream
  readonly #grace: number
  #timer: NodeJS.Timeout | undefined

  /** @param grace milliseconds in addition to those that the bytes may take */
  constructor(stream: ServerHttp2Stream, grace: number) {
    this.#stream = stream
    this.#grace = grace
    stream.once('close', () => clearTimeout(this.#timer))
  }

  /** Call it when bytes are written, or none at the end of the response: the time for them starts. */
  start(bytes: number): void {
    clearTimeout(this.#timer)
    // It emits `close` only once.
    if (this.#stream.destroyed) return
    const milliseconds = this.#grace + (1000 * bytes) / MIN_BYTES_PER_SECOND
    this.#timer = setTimeout(() => this.#check(), milliseconds).unref()
  }

  #check(): void {
    if (this.#stream.writableLength > 0) this.#stream.close(constants.NGHTTP2_CANCEL)
    // The client has the response, and does not end its request.
    else if (this.#stream.writableFinished) this.#stream.close(constants.NGHTTP2_NO_ERROR)
  }
}
