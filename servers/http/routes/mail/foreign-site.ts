/**
 * Detects requests that a foreign web site makes a browser send. A site can point its own name at 127.0.0.1 and then read
 * responses as its own (DNS rebinding); the Host field has that name. And it can send requests to other servers; the Origin
 * field has the site. Pure.
 */
import { hostOf, isLoopback } from '../../../../shared/net/address.ts'
import type { RequestFields } from '../../request/request.ts'

/** Top-level domains that no public DNS delegates: RFC 6761, and ICANN's resolution of 2024 for `internal`. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|test|internal)\.?$/i

/** Returns what reveals the foreign site; undefined if the request is not from one. */
export function findForeignSite(headers: RequestFields): string | undefined {
  const [host, origin] = [fieldOf(headers, 'host'), fieldOf(headers, 'origin')]
  if (host !== undefined && !isLocalHost(host)) return `Host: ${host}`
  if (origin !== undefined && !isLocalOrigin(origin) && !isOwnOrigin(headers)) return `Origin: ${origin}`
  return undefined
}

/** True if the request has no Origin field, or the origin is this server itself. */
export function isOwnOrigin(headers: RequestFields): boolean {
  const [host, origin] = [fieldOf(headers, 'host'), fieldOf(headers, 'origin')]
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase())
}

/** A rebound name is not an address, so that addresses are safe. */
function isLocalHost(host: string): boolean {
  const url = `http://${host}`
  if (!URL.canParse(url)) return false
  const name = hostOf(new URL(url))
  return isAddress(name) || LOCAL_NAME.test(name)
}

/** `URL` writes addresses in their standard form, and a name does not end with a number. */
function isAddress(name: string): boolean {
  return name.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(name)
}

function isLocalOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const name = hostOf(new URL(origin))
  return isLoopback(name) || LOCAL_NAME.test(name)
}

function fieldOf(headers: RequestFields, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
