/**
 * Asks one server one question: by UDP, and by TCP where the answer was cut (RFC 7766, section 5) or is in doubt; by TCP
 * at once; by TLS (RFC 7858); by HTTPS (RFC 8484). The client and the forwarder both ask through this.
 */
import { randomBytes } from 'node:crypto'
import { epochSeconds } from '../../epoch-seconds.ts'
import { DEFAULT_TIMEOUT_MS } from '../../net/connect.ts'
import type { Location } from '../../service.ts'
import type { Question } from '../message.ts'
import { sendOverHttps } from './https.ts'
import { type PreparedQuery, prepareQuery, RANDOM_BYTES } from './prepared-query.ts'
import { sendOverStream } from './stream.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'
import { sendOverUdp } from './udp.ts'

/**
 * Asks, and gives the response, whatever its rcode.
 *
 * @throws UnreachableError when nobody listens there, or no response came in time by UDP
 * @throws RefusedError when a connection breaks off or is late, or what comes by it is no response to the question
 */
export async function sendQuery(
  server: Location,
  question: Question,
  options: SendQueryOptions = {},
): Promise<ReceivedResponse> {
  const { transport = 'udp', timeout = DEFAULT_TIMEOUT_MS } = options
  if (transport === 'https' || transport === 'http') {
    // Always 0, so that caches of HTTP can know the same question again (RFC 8484, section 4.1).
    const random = Buffer.from([0, 0, ...randomBytes(RANDOM_BYTES - 2)])
    return sendOverHttps(server, prepareQuery(question, options, random, epochSeconds()), {
      ...options,
      transport,
      timeout,
    })
  }
  const asked = prepareQuery(question, options, randomBytes(RANDOM_BYTES), epochSeconds())
  if (transport !== 'udp') return sendOverStream(server, asked, { ...options, transport, timeout })
  return sendByDatagram(server, asked, { ...options, timeout })
}

async function sendByDatagram(
  server: Location,
  asked: PreparedQuery,
  options: SendQueryOptions & { timeout: number },
): Promise<ReceivedResponse> {
  const start = performance.now()
  const received = await sendOverUdp(server, asked, options)
  if (received && !received.message.flags.tc) return received
  const left = Math.max(1, Math.ceil(options.timeout - (performance.now() - start)))
  return sendOverStream(server, asked, { ...options, transport: 'tcp', timeout: left })
}
