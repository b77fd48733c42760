/**
 * The client's side of DNS cookies (RFC 7873): a cookie of our own for each server, and the one that the server gave us,
 * shown again with the next question. Pure: what is random comes in.
 */
import { OPTION_CODES } from '../edns-options.ts'
import type { EdnsOption, Message } from '../message.ts'

/** RFC 7873, section 4.1. */
export const CLIENT_COOKIE_BYTES = 8
/** RFC 7873, section 4.2: the server's part. */
const SERVER_COOKIE_BYTES = { least: 8, most: 32 }
/** Servers that are remembered; the one asked longest ago is forgotten first. */
const MAX_SERVERS = 1000

/** The cookie in a message: the client's eight bytes, and those of the server after them. */
export function cookieOf({ edns }: Pick<Message, 'edns'>): Buffer | undefined {
  const option = edns?.options.find(({ code }) => code === OPTION_CODES.COOKIE)
  return option && Buffer.from(option.data)
}

/** Remembers cookies by server. */
export class CookieJar {
  readonly #cookies = new Map<string, Buffer>()
  readonly #random: (size: number) => Buffer

  /** @param random gives so many bytes that nobody can foresee: node's `randomBytes` */
  constructor(random: (size: number) => Buffer) {
    this.#random = random
  }

  /** The option to ask this server with. */
  optionFor(server: string): EdnsOption {
    const cookie = this.#cookies.get(server) ?? this.#random(CLIENT_COOKIE_BYTES)
    this.#cookies.delete(server)
    this.#cookies.set(server, cookie)
    const [oldest] = this.#cookies.keys()
    if (this.#cookies.size > MAX_SERVERS && oldest !== undefined) this.#cookies.delete(oldest)
    return { code: OPTION_CODES.COOKIE, data: cookie }
  }

  /** Takes the server's part from its response; true where there was one to take. */
  store(server: string, response: Message): boolean {
    const [ours, given] = [this.#cookies.get(server), cookieOf(response)]
    const length = (given?.length ?? 0) - CLIENT_COOKIE_BYTES
    const isSound = length >= SERVER_COOKIE_BYTES.least && length <= SERVER_COOKIE_BYTES.most
    if (!ours || !given || !isSound) return false
    if (!ours.subarray(0, CLIENT_COOKIE_BYTES).equals(given.subarray(0, CLIENT_COOKIE_BYTES))) return false
    this.#cookies.set(server, given)
    return true
  }
}
