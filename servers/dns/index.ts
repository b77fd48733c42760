/**
 * dns: an authoritative name server over UDP, TCP and TLS, and over HTTPS if the HTTP server runs too. A client queries a name
 * and a type. The response has the records from a zone, a referral, a negative answer, or REFUSED for a name outside the zones.
 * The server queries other servers only if the options name upstreams.
 *
 * - The path of a query: `transport/` (UDP, TCP, TLS) -> `name-server.ts` -> `query/respond.ts` -> `query/answer.ts` ->
 *   `query/lookup.ts`, and back through `query/write-response.ts`. Transfers, updates, NOTIFY and forwarding have folders of
 *   their own; `server.ts` connects them.
 * - Implements RFC 1034 and 1035, 2181, 2308 (negative answers), 4592 (wildcards), 6672 (DNAME), 6891 (EDNS), 7766 (TCP),
 *   7858 (TLS), 7873 (cookies), 8482 (ANY), 8484 (HTTPS), 8914 (extended errors), 9619 (one question); between servers 1995
 *   (IXFR), 1996 (NOTIFY), 2136 (UPDATE), 5936 (AXFR), 8945 (TSIG). `README.md` lists all of them.
 */
import { defineServer } from '../../shared/define-server.ts'
import { check } from './check/command.ts'
import { dnsOptions } from './options.ts'

export type { DnsApi, ListedRecord, SetOptions } from './store/records-api.ts'

/**
 * An authoritative name server. Its `listen` rejects with a `BindError` if a port is in use, and with a `ZoneError`, which has
 * the file and the line, if a zone is invalid (RFC 1035, section 5).
 */
export const dns = defineServer({
  name: 'dns',
  summary: 'answers for fourwire.test and the zones of the data folder, over UDP, TCP, TLS and HTTPS',
  options: dnsOptions,
  commands: [check],
  load: async () => (await import('./server.ts')).DnsServer,
})

export { type DnsOptions, dnsOptions } from './options.ts'
