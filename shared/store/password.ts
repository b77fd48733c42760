/** Password hashes: scrypt (RFC 7914), computed in the thread pool of Node. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** The parameters of RFC 7914, section 2. A hash has its own, so hashes of different costs work side by side. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** 16 MiB of memory and 0.1 to 0.3 s; OWASP's Password Storage Cheat Sheet has this as a minimum with p = 5. */
export const DEFAULT_COST: ScryptCost = { N: 2 ** 14, r: 8, p: 5 }
const SALT_BYTES = 16
const KEY_BYTES = 32

/** Returns the hash as text with its parameters: `scrypt$16384$8$5$SALT$KEY`, the last two in base64. */
export async function hashPassword(password: string, cost: ScryptCost): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(password, salt, KEY_BYTES, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$')
}

/** Returns false for a wrong password, and for a text that is not a hash of `hashPassword`. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [scheme, N, r, p, salt = '', key = ''] = hash.split('$')
  if (scheme !== 'scrypt') return false
  const expected = Buffer.from(key, 'base64')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), expected.length, cost), expected)
}

/** Verifies against no account, so that an unknown name takes as long as a wrong password. */
export async function verifyNothing(password: string, cost: ScryptCost): Promise<false> {
  await derive(password, randomBytes(SALT_BYTES), KEY_BYTES, cost)
  return false
}

function derive(password: string, salt: Uint8Array, length: number, cost: ScryptCost): Promise<Buffer> {
  // Unicode has several spellings of the same text; RFC 8265, section 4.2.2 normalizes passwords to NFC.
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, { ...cost, maxmem: 256 * 1024 * 1024 }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
