/** Sends one query to a name server that the caller gives as text, and measures the response. */
import type { ClientOptions, Location } from '../../service.ts'
import type { Edns, Message, Question } from '../message.ts'
import { type DnsServer, locateServer } from './locate-server.ts'
import { parseKey } from './parse-arguments.ts'
import type { CookieJar } from './send/cookies.ts'
import { sendQuery } from './send/send-query.ts'
import { sendWithCookie } from './send/send-with-cookie.ts'
import type { Transport } from './send/transport.ts'

/** A server, and how to query it: everything except the question. */
export interface QuerySettings extends DnsServer {
  /** Sends the query by TCP instead of UDP. ANY is always sent by TCP. */
  readonly tcp?: boolean | undefined
  /** RD: lets the server query other servers (default: true). */
  readonly recurse?: boolean | undefined
  /** CD: accepts records whose signatures the server did not check (RFC 4035, section 3.2.2). */
  readonly checkingDisabled?: boolean | undefined
  /** Fields of the OPT record that differ from the defaults; false sends no OPT record (RFC 6891). */
  readonly edns?: Partial<Edns> | false | undefined
  /** Sends a cookie and stores the server's cookie in this jar (RFC 7873). */
  readonly cookies?: CookieJar | undefined
  /** Randomizes the case of the name, which the response must repeat (0x20; default: false). */
  readonly randomizeCase?: boolean | undefined
  /** How often the query is sent by UDP while no response arrives (default: 3). */
  readonly tries?: number | undefined
}

/** The response, whatever its rcode, and how it was received. */
export interface DnsReply extends Message {
  readonly server: Location
  readonly transport: Transport
  /** Milliseconds from the first try to the response. */
  readonly time: number
  /** Bytes of the response. */
  readonly size: number
  /** False if the server did not repeat the randomized case of the name. */
  readonly caseMatches: boolean
}

/**
 * Locates the server and sends it a query; returns the response, with any rcode.
 *
 * @throws UsageError if the key or server is invalid
 * @throws UnreachableError if the server does not respond (after three tries by UDP)
 * @throws RefusedError if a connection breaks or times out, or the message received on it is not the response
 */
export async function queryServer(question: Question, query: QuerySettings, options: ClientOptions): Promise<DnsReply> {
  const { recurse, checkingDisabled, edns, randomizeCase, cookies, method, tries } = query
  const key = parseKey(query.key)
  const { location, ...server } = await locateServer(query, options)
  // By UDP, a server may answer ANY with a subset of the records (RFC 8482).
  const usesTcp = query.tcp || question.type === 'ANY'
  const transport = usesTcp && (server.transport ?? 'udp') === 'udp' ? 'tcp' : server.transport
  const settings = { recurse, checkingDisabled, edns, randomizeCase, key, method, tries }
  const sendOptions = { ...options, ...server, ...settings, transport }
  const start = performance.now()
  const received = cookies
    ? await sendWithCookie(cookies, location, question, sendOptions)
    : await sendQuery(location, question, sendOptions)
  const time = performance.now() - start
  const { message, bytes, caseMatches } = received
  return { ...message, server: location, transport: received.transport, time, size: bytes.length, caseMatches }
}
