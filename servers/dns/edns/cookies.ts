/**
 * DNS cookies (RFC 7873), made as all servers make them (RFC 9018): a client that gives back what it was given has shown
 * that its address is its own. Time comes in, in seconds. Pure.
 */
import { timingSafeEqual } from 'node:crypto'
import { ipAddressBytes } from '../../../shared/net/ip-address-bytes.ts'
import { siphash24 } from './siphash.ts'

/** What a query's cookie was. */
export interface Cookie {
  /** True where the client had it from us, a short time ago. */
  readonly valid: boolean
  /** True where the client had none from any server yet. */
  readonly fresh: boolean
  /** What goes back: the client's cookie and ours. */
  readonly reply: Buffer
}

/** RFC 7873, section 4: the client's is 8 bytes; with the server's it is 16 to 40. */
const CLIENT_BYTES = 8
const MIN_WITH_SERVER_BYTES = 16
const MAX_BYTES = 40
/** RFC 9018, section 4: version, reserved, time, hash. */
const SERVER_BYTES = 16
const TIME_AT = CLIENT_BYTES + 4
const HASH_AT = CLIENT_BYTES + 8
const VERSION = 1
/** RFC 9018, section 4.3: how old a cookie may be, how far from the future, and from when on it is made anew. */
const MAX_AGE_SECONDS = 3600
const MAX_AHEAD_SECONDS = 300
const RENEW_SECONDS = 1800

export const SECRET_BYTES = 16

/** The cookies of one server, or of several that have the same secrets. */
export class Cookies {
  readonly #secrets: readonly [Buffer, ...Buffer[]]

  /** @param secrets of 16 bytes; cookies are made with the first, and taken that were made with any */
  constructor(...secrets: readonly [Buffer, ...Buffer[]]) {
    this.#secrets = secrets
  }

  /**
   * Looks at the cookie of a query; undefined for what has a length that none has (RFC 7873, section 5.2.2).
   *
   * @param data of the option
   * @param address the client's
   * @param now seconds since 1970
   */
  check(data: Uint8Array, address: string, now: number): Cookie | undefined {
    const given = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const fresh = given.length === CLIENT_BYTES
    if (!fresh && (given.length < MIN_WITH_SERVER_BYTES || given.length > MAX_BYTES)) return undefined
    const client = ipAddressBytes(address)
    const age = fresh ? undefined : this.#ageOf(given, client, now)
    // What has been taken is given back as it was, until it gets old.
    if (age !== undefined && age <= RENEW_SECONDS) return { valid: true, fresh, reply: given }
    return { valid: age !== undefined, fresh, reply: this.#make(given.subarray(0, CLIENT_BYTES), client, now) }
  }

  #make(clientCookie: Buffer, client: Buffer, now: number): Buffer {
    const cookie = Buffer.alloc(CLIENT_BYTES + SERVER_BYTES)
    clientCookie.copy(cookie)
    cookie[CLIENT_BYTES] = VERSION
    cookie.writeUInt32BE(now >>> 0, TIME_AT)
    hash(this.#secrets[0], cookie, client).copy(cookie, HASH_AT)
    return cookie
  }

  /** The age in seconds of a cookie of ours, a little below zero where clocks differ; undefined for any other. */
  #ageOf(cookie: Buffer, client: Buffer, now: number): number | undefined {
    if (cookie.length !== CLIENT_BYTES + SERVER_BYTES || cookie[CLIENT_BYTES] !== VERSION) return undefined
    // Serial number arithmetic (RFC 1982), as the time has 32 bits.
    const age = ((now >>> 0) - cookie.readUInt32BE(TIME_AT)) | 0
    if (age > MAX_AGE_SECONDS || age < -MAX_AHEAD_SECONDS) return undefined
    const ours = this.#secrets.some(secret => timingSafeEqual(hash(secret, cookie, client), cookie.subarray(HASH_AT)))
    return ours ? age : undefined
  }
}

/** RFC 9018, section 4.4: over the client's cookie, version, reserved bytes, time and address. */
function hash(secret: Buffer, cookie: Buffer, client: Buffer): Buffer {
  return siphash24(secret, Buffer.concat([cookie.subarray(0, HASH_AT), client]))
}
