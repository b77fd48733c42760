/**
 * Asks one server one question: by UDP, and by TCP where the answer was cut (RFC 7766, section 5) or is in doubt; by TCP
 * at once; by TLS (RFC 7858); by HTTPS (RFC 8484). The client and the forwarder both ask through this.
 */
import { randomBytes } from 'node:crypto'
import { DEFAULT_TIMEOUT_MS } from '../connect.ts'
import type { Verification } from '../connect-tls.ts'
import type { Question } from '../dns/message.ts'
import { seconds } from '../seconds.ts'
import type { ClientOptions, Location } from '../service.ts'
import { type Asked, type Heard, prepare, type QueryOptions, RANDOM_BYTES } from './asked.ts'
import { askByHttp } from './https.ts'
import { askByStream } from './stream.ts'
import { askByUdp } from './udp.ts'

/** `http` is DNS over HTTPS without TLS, for tests and behind a proxy. */
export type Transport = 'udp' | 'tcp' | 'tls' | 'https' | 'http'

export interface AskOptions extends QueryOptions, Pick<ClientOptions, 'trace' | 'signal'> {
  /** `udp` where not given, which goes on by TCP where it has to. */
  readonly transport?: Transport | undefined
  /** Milliseconds for the whole answer, over all tries and transports. */
  readonly timeout?: number | undefined
  /** How often a question is sent by UDP when nothing comes back (default: 3). */
  readonly tries?: number | undefined
  /** Whom TLS and HTTPS believe. */
  readonly verification?: Verification | undefined
  /** Of HTTPS (default: `/dns-query`, RFC 8484's own example). */
  readonly path?: string | undefined
  /** Of HTTPS (default: POST). */
  readonly method?: 'GET' | 'POST' | undefined
}

/** A response that fits the question. `keptLetters` is known only where letters were mixed. */
export interface Received extends Heard {
  /** As they came: with the id that was sent, the letters and the signature. */
  readonly bytes: Buffer
  /** By what it came. */
  readonly transport: Transport
}

/**
 * Asks, and gives the response, whatever its rcode.
 *
 * @throws UnreachableError when nobody listens there, or no response came in time by UDP
 * @throws RefusedError when a connection breaks off or is late, or what comes by it is no response to the question
 */
export async function ask(server: Location, question: Question, options: AskOptions = {}): Promise<Received> {
  const { transport = 'udp', timeout = DEFAULT_TIMEOUT_MS } = options
  if (transport === 'https' || transport === 'http') {
    // Always 0, so that caches of HTTP can know the same question again (RFC 8484, section 4.1).
    const random = Buffer.from([0, 0, ...randomBytes(RANDOM_BYTES - 2)])
    return askByHttp(server, prepare(question, options, random, seconds()), { ...options, transport, timeout })
  }
  const asked = prepare(question, options, randomBytes(RANDOM_BYTES), seconds())
  if (transport !== 'udp') return askByStream(server, asked, { ...options, transport, timeout })
  return askByDatagram(server, asked, { ...options, timeout })
}

async function askByDatagram(
  server: Location,
  asked: Asked,
  options: AskOptions & { timeout: number },
): Promise<Received> {
  const start = performance.now()
  const received = await askByUdp(server, asked, options)
  if (received && !received.message.flags.tc) return received
  const left = Math.max(1, Math.ceil(options.timeout - (performance.now() - start)))
  return askByStream(server, asked, { ...options, transport: 'tcp', timeout: left })
}
