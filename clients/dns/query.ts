/** Asks a name server one question. */
import type { Edns, Message } from '../../shared/dns/message.ts'
import type { CookieJar } from '../../shared/dns/resolver/cookies.ts'
import type { SendQueryOptions, Transport } from '../../shared/dns/resolver/transport.ts'
import type { TsigKey } from '../../shared/dns/tsig/key.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'

/** Whom to ask, and how: what one question and a whole transfer have in common. */
export interface DnsServer extends Pick<SendQueryOptions, 'verification' | 'path' | 'method'> {
  /**
   * `HOST:PORT` (`[::1]:5300` for IPv6), a URL that says how as well (`tls://HOST`, `https://HOST/dns-query`; the
   * transport's own port where none is named), or a location; without it the running suite.
   */
  readonly server?: string | Location | undefined
  /** How to ask, where the server's URL does not say: `udp`, with TCP where the answer did not fit. */
  readonly transport?: Transport | undefined
  /** Signs (TSIG, RFC 8945), and believes only what is signed: `[ALGORITHM:]NAME:SECRET`, the secret in base64. */
  readonly key?: string | TsigKey | undefined
}

/** What to ask, and whom. */
export interface DnsQuery extends DnsServer {
  /** With or without the last dot. */
  readonly name: string
  /** `A` where not given; in any case, `TYPE65` for what has no name. */
  readonly type?: string | undefined
  /** `IN` where not given; `CH` for what a server tells of itself. */
  readonly class?: string | undefined
  /** By TCP at once, as ANY always is; else by UDP, and by TCP where the answer did not fit. */
  readonly tcp?: boolean | undefined
  /** RD: whether the server may ask others (default: true). */
  readonly recurse?: boolean | undefined
  /** CD: whether records are wanted whose signatures were not checked (RFC 4035, section 3.2.2). */
  readonly checkingDisabled?: boolean | undefined
  /** What the OPT record says where it is not the usual; false sends none (RFC 6891). */
  readonly edns?: Partial<Edns> | false | undefined
  /** Sends a cookie and keeps the server's in this jar (RFC 7873). */
  readonly cookies?: CookieJar | undefined
  /** Mixes the letters of the name, which the response has to repeat (0x20; default: false). */
  readonly randomizeCase?: boolean | undefined
  /** How often it is sent by UDP when nothing comes back (default: 3). */
  readonly tries?: number | undefined
}

/** The response, whatever its rcode, and how it came. */
export interface DnsReply extends Message {
  readonly server: Location
  readonly transport: Transport
  /** Milliseconds from the first try to the reply. */
  readonly time: number
  /** Bytes of the response. */
  readonly size: number
  /** False where the server did not repeat the letters that were mixed. */
  readonly caseMatches: boolean
}

/**
 * Asks, and gives back what was answered: an rcode that tells of an error is a reply too. `timeout` is for the whole
 * answer, over all tries and both transports.
 *
 * @throws UsageError for a name, type, class, key or server that is none
 * @throws UnreachableError when nobody answers there (after three tries by UDP)
 * @throws RefusedError when the server breaks off a connection, does not prove who it is, refuses by HTTP, or answers
 * something else or wrongly signed
 */
export async function query(request: DnsQuery, options: ClientOptions = {}): Promise<DnsReply> {
  const { exchange } = await import('./exchange.ts')
  return exchange(request, options)
}
