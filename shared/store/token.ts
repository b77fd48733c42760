/** Secrets that authenticate their bearer. The database has only their hashes. */
import { createHash, randomBytes } from 'node:crypto'

/** 256 bits cannot be guessed, so that a fast hash is enough, unlike for passwords. */
const TOKEN_BYTES = 32

/** Returns a new random token in base64url: 43 characters. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** Returns the SHA-256 of a token in hexadecimal. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
