/**
 * Ends a session of HTTP/2 that is idle, or whose client does not respond. Frames that belong to no stream, such as PING, do not
 * keep it open; `session.setTimeout` would count them.
 */
import type { ServerHttp2Session } from 'node:http2'
import type { ConnectionHandler } from '../../../shared/net/stream-server.ts'
import { IDLE_SESSION_MS } from '../limits.ts'

export class SessionHandler implements ConnectionHandler {
  readonly #session: ServerHttp2Session
  #openStreams = 0
  #idleSince = performance.now()
  /** True while the client has not responded to the last PING. */
  #isUnanswered = false

  /** @param interval milliseconds in which an idle client must respond to a PING */
  constructor(session: ServerHttp2Session, interval: number) {
    this.#session = session
    session.on('stream', stream => {
      this.#openStreams += 1
      stream.once('close', () => {
        this.#openStreams -= 1
        this.#idleSince = performance.now()
      })
    })
    const timer = setInterval(() => this.#check(), Math.min(interval, IDLE_SESSION_MS)).unref()
    session.once('close', () => clearInterval(timer))
  }

  /** When the last stream ended; undefined while one is open. */
  get idleSince(): number | undefined {
    return this.#openStreams > 0 ? undefined : this.#idleSince
  }

  /** Sends GOAWAY and waits for open streams. */
  finish(): void {
    this.#session.close()
  }

  /** node does not tell that nghttp2 has ended a session with GOAWAY, and no longer reads: the PING shows it. */
  #check(): void {
    const { idleSince } = this
    // A session is destroyed before it is closed.
    if (idleSince === undefined || this.#session.destroyed) return
    if (this.#isUnanswered || performance.now() - idleSince >= IDLE_SESSION_MS) {
      this.#session.destroy()
    } else {
      this.#isUnanswered = true
      this.#session.ping(() => {
        this.#isUnanswered = false
      })
    }
  }
}
