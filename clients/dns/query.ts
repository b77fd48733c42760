/** Sends one query to a name server. */
import type { Edns, Message } from '../../shared/dns/message.ts'
import type { CookieJar } from '../../shared/dns/resolver/send/cookies.ts'
import { sendQuery } from '../../shared/dns/resolver/send/send-query.ts'
import { sendWithCookie } from '../../shared/dns/resolver/send/send-with-cookie.ts'
import type { SendQueryOptions, Transport } from '../../shared/dns/resolver/send/transport.ts'
import { parseServerUrl } from '../../shared/dns/resolver/server-url.ts'
import type { TsigKey } from '../../shared/dns/tsig/key.ts'
import { locateDirectly } from '../../shared/net/connect.ts'
import type { TlsVerification } from '../../shared/net/connect-tls.ts'
import type { ClientOptions, Location, Target } from '../../shared/service.ts'
import { parseKey, parseQuestion } from './parse-request.ts'

/** A name server and how to reach it: the part that is common to queries, walks and transfers. */
export interface DnsServer extends Pick<SendQueryOptions, 'verification' | 'path' | 'method'> {
  /**
   * `HOST:PORT` (`[::1]:5300` for IPv6), a URL that sets the transport (`tls://HOST`, `https://HOST/dns-query`; without a
   * port, the standard port of the transport), or a location. Default: the running suite.
   */
  readonly server?: string | Location | undefined
  /** The transport, unless the URL of the server sets it. Default: `udp`, then TCP if the response is truncated. */
  readonly transport?: Transport | undefined
  /**
   * Signs the query (TSIG, RFC 8945) and accepts only responses signed with the same key:
   * `[ALGORITHM:]NAME:SECRET`, the secret in base64.
   */
  readonly key?: string | TsigKey | undefined
}

/** A query, and the server to send it to. */
export interface DnsQuery extends DnsServer {
  /** With or without the trailing dot. */
  readonly name: string
  /** In any case; `TYPE65` for types without a name. Default: `A`. */
  readonly type?: string | undefined
  /** Default: `IN`. `CH` queries information about the server. */
  readonly class?: string | undefined
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

export async function query(request: DnsQuery, options: ClientOptions): Promise<DnsReply> {
  const { recurse, checkingDisabled, edns, randomizeCase, cookies, method, tries } = request
  const question = parseQuestion(request)
  const key = parseKey(request.key)
  const { location, ...server } = await locateServer(request, options)
  // By UDP, a server may answer ANY with a subset of the records (RFC 8482).
  const usesTcp = request.tcp || question.type === 'ANY'
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

/** A server after its address, transport and authority are resolved. */
export interface LocatedServer {
  readonly location: Location
  readonly transport: Transport | undefined
  readonly path: string | undefined
  readonly verification: TlsVerification | undefined
}

/**
 * Resolves the address of a server.
 *
 * @throws UsageError if the server is invalid
 * @throws UnreachableError if its name has no address
 */
export async function locateServer(request: DnsServer, options: ClientOptions): Promise<LocatedServer> {
  const { server, path } = request
  if (typeof server === 'object') {
    const location = { host: server.host, port: server.port }
    const verification = await verificationOf(request, undefined, options)
    return { location, transport: request.transport, path, verification }
  }
  const url = server === undefined ? undefined : parseServerUrl(server)
  const transport = url?.transport ?? request.transport
  const { host, port } = url ?? {}
  const locate = options.locate ?? locateDirectly
  const location = await locate({ ...serviceOf(transport), host, port, signal: options.signal })
  const verification = await verificationOf({ ...request, transport }, host, options)
  return { location, transport, path: url?.path ?? path, verification }
}

/** The HTTP server answers DNS over HTTPS. */
function serviceOf(transport: Transport = 'udp'): Pick<Target, 'service' | 'tls'> {
  const isHttp = transport === 'http' || transport === 'https'
  return { service: isHttp ? 'http' : 'dns', tls: transport === 'tls' || transport === 'https' }
}

/** Unless the request names authorities, the running suite's own authority is trusted in addition to the system's. */
async function verificationOf(
  { transport, verification }: DnsServer,
  host: string | undefined,
  options: ClientOptions,
): Promise<TlsVerification | undefined> {
  if (transport !== 'tls' && transport !== 'https') return undefined
  const ca = verification?.ca ?? (await options.authority?.())
  return { serverName: host, ...verification, ca }
}
