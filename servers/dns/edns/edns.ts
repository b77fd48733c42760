/** What a query says by EDNS, and what its response says back (RFC 6891). Pure. */
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { Edns, EdnsOption, Message } from '../../../shared/dns/message.ts'
import type { Client, Query } from '../query.ts'
import type { Cookie, Cookies } from './cookies.ts'

/** What we take by UDP, and send at most: it fits into one packet on any network (DNS flag day 2020; RFC 9715). */
export const MAX_UDP_BYTES = 1232
/** What a client takes that says nothing (RFC 1035, section 2.3.4), or less than that (RFC 6891, section 6.2.5). */
const PLAIN_UDP_BYTES = 512
/** Seconds that a connection may be idle: RFC 7828, section 3.1, counts them in tenths. */
export const IDLE_SECONDS = 10

/** How many bytes of a response the client takes by UDP. */
export function udpPayloadFor({ edns }: Message): number {
  return Math.max(PLAIN_UDP_BYTES, Math.min(edns?.udpPayloadSize ?? PLAIN_UDP_BYTES, MAX_UDP_BYTES))
}

/**
 * The cookie of a query, `broken` where it can be none, undefined where there is none.
 *
 * @param now seconds since 1970; asked only where there is a cookie
 */
export function readCookie(
  cookies: Cookies,
  { edns }: Message,
  client: Client,
  now: () => number,
): Cookie | 'broken' | undefined {
  // What options mean in another version nobody can know; it is answered with BADVERS (RFC 6891, section 6.1.3).
  const option = edns?.version === 0 ? findOption(edns, OPTION_CODES.COOKIE) : undefined
  return option && (cookies.check(option.data, client.address, now()) ?? 'broken')
}

/** The options of the response: what the query asks for, as far as it goes with what it came by. */
export function optionsFor({ message, client, cookie }: Query, nsid: string): EdnsOption[] {
  const asks = (code: number) => findOption(message.edns, code) !== undefined
  const options: EdnsOption[] = []
  if (cookie) options.push({ code: OPTION_CODES.COOKIE, data: cookie.reply })
  if (nsid !== '' && asks(OPTION_CODES.NSID)) options.push({ code: OPTION_CODES.NSID, data: Buffer.from(nsid) })
  const onConnection = client.transport === 'tcp' || client.transport === 'tls'
  if (onConnection && asks(OPTION_CODES['TCP-KEEPALIVE'])) options.push(keepalive)
  return options
}

const keepalive: EdnsOption = { code: OPTION_CODES['TCP-KEEPALIVE'], data: Buffer.of(0, IDLE_SECONDS * 10) }

/** RFC 7830, section 4: padding is for what is encrypted, and for who asked with it. */
export function wantsPadding({ message, client }: Query): boolean {
  const encrypted = client.transport === 'tls' || client.transport === 'https'
  return encrypted && findOption(message.edns, OPTION_CODES.PADDING) !== undefined
}

/** RFC 8467, section 4.1: responses are made a multiple of this long. */
const PADDED_BLOCK_BYTES = 468
const OPTION_HEADER_BYTES = 4

/** The option that fills a response of so many bytes up to the end of a block, or to the limit. */
export function paddingFor(bytes: number, limit: number): EdnsOption {
  const filled = Math.ceil((bytes + OPTION_HEADER_BYTES) / PADDED_BLOCK_BYTES) * PADDED_BLOCK_BYTES
  const room = Math.max(0, Math.min(filled, limit) - bytes - OPTION_HEADER_BYTES)
  return { code: OPTION_CODES.PADDING, data: Buffer.alloc(room) }
}

function findOption(edns: Edns | undefined, code: number): EdnsOption | undefined {
  return edns?.options.find(option => option.code === code)
}
