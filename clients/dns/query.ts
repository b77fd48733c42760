/** Asks a name server one question. */
import type { Message } from '../../shared/dns/message.ts'
import type { Transport } from '../../shared/resolver/ask.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'

/** What to ask, and whom. */
export interface DnsQuery {
  /** With or without the last dot. */
  readonly name: string
  /** `A` where not given; in any case, `TYPE65` for what has no name. */
  readonly type?: string | undefined
  /** By TCP at once, as ANY always is; else by UDP, and by TCP where the answer did not fit. */
  readonly tcp?: boolean | undefined
  /** `HOST:PORT` (`[::1]:5300` for IPv6; port 53 where none is named) or a location; without it the running suite. */
  readonly server?: string | Location | undefined
}

/** The response, whatever its rcode, and how it came. */
export interface DnsReply extends Message {
  readonly server: Location
  readonly transport: Transport
  /** Milliseconds from the first try to the reply. */
  readonly time: number
  /** Bytes of the response. */
  readonly size: number
}

/**
 * Asks, and gives back what was answered: an rcode that tells of an error is a reply too.
 *
 * @throws UsageError for a name, type or server that is none
 * @throws UnreachableError when nobody answers there (after three tries by UDP)
 * @throws RefusedError when the server breaks off a TCP connection, or answers something else by it
 */
export async function query(request: DnsQuery, options: ClientOptions = {}): Promise<DnsReply> {
  const { exchange } = await import('./exchange.ts')
  return exchange(request, options)
}
