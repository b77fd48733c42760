/** EDNS of queries and their responses (RFC 6891). Pure. */
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { Edns, EdnsOption, Message } from '../../../shared/dns/message.ts'
import type { Client, Query } from '../query/query.ts'
import type { Cookie, Cookies } from './cookies.ts'

/** The longest UDP message in both directions; it fits into one packet on any network (DNS flag day 2020; RFC 9715). */
export const MAX_UDP_BYTES = 1232
/** The length for clients without EDNS (RFC 1035, section 2.3.4) or with a smaller payload size (RFC 6891, section 6.2.5). */
const PLAIN_UDP_BYTES = 512
/** Seconds that a connection can be idle. */
export const IDLE_SECONDS = 10

/** Returns the longest UDP response that the client accepts. */
export function udpPayloadSize({ edns }: Message): number {
  return Math.max(PLAIN_UDP_BYTES, Math.min(edns?.udpPayloadSize ?? PLAIN_UDP_BYTES, MAX_UDP_BYTES))
}

/**
 * Checks the cookie of a query; returns undefined if it has none.
 *
 * @param now seconds since 1970; called only if there is a cookie
 */
export function checkCookie(
  cookies: Cookies,
  { edns }: Message,
  client: Client,
  now: () => number,
): Cookie | 'malformed' | undefined {
  // Options of another version have no known meaning; the response is BADVERS (RFC 6891, section 6.1.3).
  const option = edns?.version === 0 ? findOption(edns, OPTION_CODES.COOKIE) : undefined
  return option && (cookies.check(option.data, client.address, now()) ?? 'malformed')
}

/** Returns the options that the query requests, if its transport allows them. */
export function responseOptions({ message, client, auth: { cookie } }: Query, nsid: string): EdnsOption[] {
  const requests = (code: number) => findOption(message.edns, code) !== undefined
  const options: EdnsOption[] = []
  if (cookie) options.push({ code: OPTION_CODES.COOKIE, data: cookie.reply })
  if (nsid !== '' && requests(OPTION_CODES.NSID)) options.push({ code: OPTION_CODES.NSID, data: Buffer.from(nsid) })
  const isConnection = client.transport === 'tcp' || client.transport === 'tls'
  if (isConnection && requests(OPTION_CODES['TCP-KEEPALIVE'])) options.push(keepalive)
  return options
}

/** RFC 7828, section 3.1: the unit is a tenth of a second. */
const keepalive: EdnsOption = { code: OPTION_CODES['TCP-KEEPALIVE'], data: Buffer.of(0, IDLE_SECONDS * 10) }

/** Returns true if the response needs padding: the transport is encrypted and the query is padded (RFC 7830, section 4). */
export function needsPadding({ message, client }: Query): boolean {
  const isEncrypted = client.transport === 'tls' || client.transport === 'https'
  return isEncrypted && findOption(message.edns, OPTION_CODES.PADDING) !== undefined
}

/** The length of responses is a multiple of this (RFC 8467, section 4.1). */
const PADDED_BLOCK_BYTES = 468
const OPTION_HEADER_BYTES = 4

/** Returns the option that pads a response of `bytes` bytes to the end of a block, or to the limit. */
export function paddingFor(bytes: number, limit: number): EdnsOption {
  const padded = Math.ceil((bytes + OPTION_HEADER_BYTES) / PADDED_BLOCK_BYTES) * PADDED_BLOCK_BYTES
  const room = Math.max(0, Math.min(padded, limit) - bytes - OPTION_HEADER_BYTES)
  return { code: OPTION_CODES.PADDING, data: Buffer.alloc(room) }
}

function findOption(edns: Edns | undefined, code: number): EdnsOption | undefined {
  return edns?.options.find(option => option.code === code)
}
