/**
 * dns: an authoritative name server over UDP, TCP and TLS, and over HTTPS where the HTTP server runs too. A client asks for
 * the records of a name and a type; the server looks them up in its zones and answers, refers the client on, says that
 * there is nothing, or that it is not its to answer. It asks other servers only where upstreams are named.
 *
 * - The way of a query: `transport/` (datagrams, connections) -> `name-server.ts` -> `respond.ts` -> `answer.ts` ->
 *   `lookup.ts`, and back by `write-response.ts`. What stands beside that way has folders of its own; `server.ts` puts all of
 *   it together.
 * - Kept: RFC 1034 and 1035, 2181, 2308 (negative answers), 4592 (wildcards), 6672 (DNAME), 6891 (EDNS0), 7766 (TCP), 7858
 *   (TLS), 7873 (cookies), 8482 (ANY), 8484 (HTTPS), 8914 (extended errors), 9619 (one question); for other servers 1995
 *   (IXFR), 1996 (NOTIFY), 2136 (UPDATE), 5936 (AXFR), 8945 (TSIG). The manual (`README.md`) has all of them.
 */
import { defineServer } from '../../shared/define-server.ts'
import { check } from './check/command.ts'
import { dnsOptions } from './options.ts'

export type { DnsApi, ListedRecord, SetOptions } from './store/records-api.ts'

/**
 * An authoritative name server. Its `listen` rejects with a `BindError` where either port is taken, and with a
 * `ZoneError` that names file and line for a zone that cannot be read (RFC 1035, section 5).
 */
export const dns = defineServer({
  name: 'dns',
  summary: 'answers for fourwire.test and the zones of the data folder, over UDP, TCP, TLS and HTTPS',
  options: dnsOptions,
  commands: [check],
  load: async () => (await import('./server.ts')).DnsServer,
})

export { type DnsOptions, dnsOptions } from './options.ts'
