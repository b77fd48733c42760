/**
 * Sends one query to one server, for the client and the forwarder: over UDP, and again over TCP if the response is
 * truncated (RFC 7766, section 5) or suspicious; or over TCP, TLS (RFC 7858) or HTTPS (RFC 8484).
 */
import { randomBytes } from 'node:crypto'
import { epochSeconds } from '../../../epoch-seconds.ts'
import { DEFAULT_TIMEOUT_MS } from '../../../net/connect.ts'
import type { Location } from '../../../service.ts'
import type { Question } from '../../message.ts'
import { sendOverHttps } from './https.ts'
import { type PreparedQuery, prepareQuery, RANDOM_BYTES } from './prepared-query.ts'
import { sendOverStream } from './stream.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'
import { sendOverUdp } from './udp.ts'

/**
 * Sends a query; returns the response, with any rcode.
 *
 * @throws UnreachableError if no server listens there, or UDP times out
 * @throws RefusedError if a connection breaks or times out, or the message received on it is not the response
 */
export async function sendQuery(
  server: Location,
  question: Question,
  options: SendQueryOptions = {},
): Promise<ReceivedResponse> {
  const { transport = 'udp', timeout = DEFAULT_TIMEOUT_MS } = options
  if (transport === 'https' || transport === 'http') {
    // Id 0, so that equal queries are equal for HTTP caches (RFC 8484, section 4.1).
    const random = Buffer.from([0, 0, ...randomBytes(RANDOM_BYTES - 2)])
    return sendOverHttps(server, prepareQuery(question, options, random, epochSeconds()), {
      ...options,
      transport,
      timeout,
    })
  }
  const query = prepareQuery(question, options, randomBytes(RANDOM_BYTES), epochSeconds())
  if (transport !== 'udp') return sendOverStream(server, query, { ...options, transport, timeout })
  return sendOverUdpOrTcp(server, query, { ...options, timeout })
}

async function sendOverUdpOrTcp(
  server: Location,
  query: PreparedQuery,
  options: SendQueryOptions & { timeout: number },
): Promise<ReceivedResponse> {
  const start = performance.now()
  const received = await sendOverUdp(server, query, options)
  if (received && !received.message.flags.tc) return received
  const left = Math.max(1, Math.ceil(options.timeout - (performance.now() - start)))
  return sendOverStream(server, query, { ...options, transport: 'tcp', timeout: left })
}
