/** The credentials of HTTP Basic (RFC 7617). Pure. */
import type { RequestFields } from './request.ts'

export interface Credentials {
  readonly name: string
  readonly password: string
}

/** Returns the credentials of a request; undefined if it has none, or those of another scheme. */
export function readBasicCredentials({ authorization }: RequestFields): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(String(authorization ?? ''))?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
