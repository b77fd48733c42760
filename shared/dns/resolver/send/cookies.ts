/**
 * The client side of DNS cookies (RFC 7873): one client cookie per server, and the server cookie from its last
 * response, to be returned with the next query. Pure: the caller passes the source of random bytes.
 */
import { OPTION_CODES } from '../../edns-options.ts'
import type { EdnsOption, Message } from '../../message.ts'

/** RFC 7873, section 4.1. */
export const CLIENT_COOKIE_BYTES = 8
/** RFC 7873, section 4.2. */
const SERVER_COOKIE_BYTES = { min: 8, max: 32 }
/** Bound on the stored cookies; the least recently used is evicted. */
const MAX_SERVERS = 1000

/** Returns the cookie of a message: the client cookie of eight bytes, then the server cookie. */
export function cookieOf({ edns }: Pick<Message, 'edns'>): Buffer | undefined {
  const option = edns?.options.find(({ code }) => code === OPTION_CODES.COOKIE)
  return option && Buffer.from(option.data)
}

/** Stores cookies by server. */
export class CookieJar {
  readonly #cookies = new Map<string, Buffer>()
  readonly #random: (size: number) => Buffer

  /** @param random returns unpredictable bytes, like Node's `randomBytes` */
  constructor(random: (size: number) => Buffer) {
    this.#random = random
  }

  /** Returns the COOKIE option for a query to this server. */
  optionFor(server: string): EdnsOption {
    const cookie = this.#cookies.get(server) ?? this.#random(CLIENT_COOKIE_BYTES)
    this.#cookies.delete(server)
    this.#cookies.set(server, cookie)
    const [oldest] = this.#cookies.keys()
    if (this.#cookies.size > MAX_SERVERS && oldest !== undefined) this.#cookies.delete(oldest)
    return { code: OPTION_CODES.COOKIE, data: cookie }
  }

  /**
   * Stores the server cookie of a response; returns false if the response has no valid cookie for our client cookie.
   */
  store(server: string, response: Message): boolean {
    const [sent, received] = [this.#cookies.get(server), cookieOf(response)]
    const length = (received?.length ?? 0) - CLIENT_COOKIE_BYTES
    const isValid = length >= SERVER_COOKIE_BYTES.min && length <= SERVER_COOKIE_BYTES.max
    if (!sent || !received || !isValid) return false
    if (!sent.subarray(0, CLIENT_COOKIE_BYTES).equals(received.subarray(0, CLIENT_COOKIE_BYTES))) return false
    this.#cookies.set(server, received)
    return true
  }
}
