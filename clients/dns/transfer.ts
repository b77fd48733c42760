/** Fetches a zone, whole (AXFR, RFC 5936) or what changed in it (IXFR, RFC 1995), by TCP or TLS (RFC 9103). */
import type { DnsRecord } from '../../shared/dns/message.ts'
import type { ClientOptions } from '../../shared/service.ts'
import type { DnsServer } from './query.ts'

/** Which zone, and of whom. */
export interface DnsTransfer extends DnsServer {
  readonly zone: string
  /** What one has already: only what changed since then is asked for. */
  readonly serial?: number | undefined
}

/** What one message brought. */
export interface TransferPart {
  readonly records: readonly DnsRecord[]
  /** Bytes of the message. */
  readonly size: number
  /** Where it came from, as `HOST:PORT`'s two parts. */
  readonly server: { readonly host: string; readonly port: number }
}

/**
 * Gives the records as they come: first the SOA, last the SOA again; nothing is kept. Each message has `timeout` to come.
 * With a key, the records are proven to be the server's when the last part has come, and not before.
 *
 * @throws UsageError for a zone, key or server that is none
 * @throws UnreachableError when nobody answers there
 * @throws RefusedError when the server refuses (`code` is its rcode), breaks off, or sends what is no transfer
 */
export async function* transfer(request: DnsTransfer, options: ClientOptions = {}): AsyncGenerator<TransferPart> {
  const { receive } = await import('./receive.ts')
  yield* receive(request, options)
}
