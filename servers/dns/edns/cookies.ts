/**
 * DNS cookies (RFC 7873) in the interoperable form of RFC 9018: a client that returns the server's cookie has proved its
 * address. Pure: the caller passes the time, in seconds.
 */
import { timingSafeEqual } from 'node:crypto'
import { ipAddressBytes } from '../../../shared/net/ip-address-bytes.ts'
import { siphash24 } from './siphash.ts'

/** A checked cookie of a query. */
export interface Cookie {
  /** True if it contains a recent cookie from this server. */
  readonly valid: boolean
  /** True if it contains no server cookie yet. */
  readonly isFirst: boolean
  /** The cookie for the response: the client's and the server's. */
  readonly reply: Buffer
}

/** RFC 7873, section 4: the client cookie has 8 bytes; with the server cookie it has 16 to 40. */
const CLIENT_BYTES = 8
const MIN_WITH_SERVER_BYTES = 16
const MAX_BYTES = 40
/** RFC 9018, section 4: version, reserved, time, hash. */
const SERVER_BYTES = 16
const TIME_AT = CLIENT_BYTES + 4
const HASH_AT = CLIENT_BYTES + 8
const VERSION = 1
/** RFC 9018, section 4.3: maximum age, maximum time in the future, and the age after which a cookie is renewed. */
const MAX_AGE_SECONDS = 3600
const MAX_AHEAD_SECONDS = 300
const RENEW_SECONDS = 1800

export const SECRET_BYTES = 16

/** The cookies of one server, or of several with the same secrets. */
export class Cookies {
  readonly #secrets: readonly [Buffer, ...Buffer[]]

  /** @param secrets of 16 bytes; the first creates cookies, all verify them */
  constructor(...secrets: readonly [Buffer, ...Buffer[]]) {
    this.#secrets = secrets
  }

  /**
   * Checks the cookie of a query; returns undefined if its length is invalid (RFC 7873, section 5.2.2).
   *
   * @param data the data of the option
   * @param address the address of the client
   * @param now seconds since 1970
   */
  check(data: Uint8Array, address: string, now: number): Cookie | undefined {
    const cookie = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const isFirst = cookie.length === CLIENT_BYTES
    if (!isFirst && (cookie.length < MIN_WITH_SERVER_BYTES || cookie.length > MAX_BYTES)) return undefined
    const client = ipAddressBytes(address)
    const age = isFirst ? undefined : this.#ageOf(cookie, client, now)
    // A valid cookie is returned unchanged for half an hour.
    if (age !== undefined && age <= RENEW_SECONDS) return { valid: true, isFirst, reply: cookie }
    return { valid: age !== undefined, isFirst, reply: this.#create(cookie.subarray(0, CLIENT_BYTES), client, now) }
  }

  #create(clientCookie: Buffer, client: Buffer, now: number): Buffer {
    const cookie = Buffer.alloc(CLIENT_BYTES + SERVER_BYTES)
    clientCookie.copy(cookie)
    cookie[CLIENT_BYTES] = VERSION
    cookie.writeUInt32BE(now >>> 0, TIME_AT)
    hash(this.#secrets[0], cookie, client).copy(cookie, HASH_AT)
    return cookie
  }

  /** Returns the age in seconds, negative if clocks differ; undefined if the cookie is expired or from another server. */
  #ageOf(cookie: Buffer, client: Buffer, now: number): number | undefined {
    if (cookie.length !== CLIENT_BYTES + SERVER_BYTES || cookie[CLIENT_BYTES] !== VERSION) return undefined
    // Serial number arithmetic (RFC 1982), because the time has 32 bits.
    const age = ((now >>> 0) - cookie.readUInt32BE(TIME_AT)) | 0
    if (age > MAX_AGE_SECONDS || age < -MAX_AHEAD_SECONDS) return undefined
    const isOwn = this.#secrets.some(secret => timingSafeEqual(hash(secret, cookie, client), cookie.subarray(HASH_AT)))
    return isOwn ? age : undefined
  }
}

/** RFC 9018, section 4.4: the hash covers the client cookie, version, reserved bytes, time and address. */
function hash(secret: Buffer, cookie: Buffer, client: Buffer): Buffer {
  return siphash24(secret, Buffer.concat([cookie.subarray(0, HASH_AT), client]))
}
