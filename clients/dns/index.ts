/**
 * The dns client. As a library: `query`, `walk`, `transfer` and `Resolver`. As a command: `fourwire dns`, in `command/`.
 * `query`, `walk` and `transfer` load their implementation on the first call, which keeps start-up fast.
 */
import type { DnsReply } from '../../shared/dns/resolver/query-server.ts'
import { type ClientDefinition, type ClientOptions, defineCommand } from '../../shared/service.ts'
import { dnsInput } from './command/options.ts'
import type { DnsQuery } from './query.ts'
import type { DnsTransfer, TransferPart } from './transfer.ts'
import type { DnsWalk, WalkStep } from './walk.ts'

export type { DnsServer } from '../../shared/dns/resolver/locate-server.ts'
export { ResolveError } from '../../shared/dns/resolver/resolve-error.ts'
export {
  type MailServer,
  type ResolveOptions,
  type ResolveResult,
  Resolver,
  type ServiceTarget,
} from '../../shared/dns/resolver/resolver.ts'
export type { ResolverOptions } from '../../shared/dns/resolver/server-pool.ts'
export type { Outcome } from './classify-response.ts'
export type { DnsQuery, DnsReply, DnsTransfer, DnsWalk, TransferPart, WalkStep }

/**
 * Sends one query and returns the response, whatever its rcode. `options.timeout` is for the complete response, over all
 * tries and transports.
 *
 * @throws UsageError if the name, type, class, key or server is invalid
 * @throws UnreachableError if the server does not respond (after three tries by UDP)
 * @throws RefusedError if the server closes the connection, fails TLS verification, responds with an HTTP error, or responds
 * to another query or with a wrong signature
 */
export async function query(request: DnsQuery, options: ClientOptions = {}): Promise<DnsReply> {
  const implementation = await import('./query.ts')
  return implementation.query(request, options)
}

/**
 * Follows referrals from server to server with non-recursive queries: at most 64 queries, with lookups of server addresses
 * nested at most 4 deep. `options.timeout` is for each server. The outcome of the last step is `answer`, or `negative` if the
 * name or type does not exist.
 *
 * @throws UsageError as `query` does
 * @throws UnreachableError if no server to start from responds
 * @throws RefusedError if the walk finds no answer: no server of a zone is usable, referrals form a loop, too many queries
 */
export async function* walk(request: DnsWalk, options: ClientOptions = {}): AsyncGenerator<WalkStep> {
  const implementation = await import('./walk.ts')
  yield* implementation.walk(request, options)
}

/**
 * Transfers a zone and yields its records message by message, without storing them: first the SOA, last the SOA again.
 * `options.timeout` is for each message. With a key, the records are verified only after the last part.
 *
 * @throws UsageError if the zone, key or server is invalid
 * @throws UnreachableError if the server does not respond
 * @throws RefusedError if the server refuses (`code` is its rcode), closes the connection, or sends an invalid transfer
 */
export async function* transfer(request: DnsTransfer, options: ClientOptions = {}): AsyncGenerator<TransferPart> {
  const implementation = await import('./transfer.ts')
  yield* implementation.transfer(request, options)
}

const queryCommand = defineCommand({
  name: '',
  summary: 'query a name server, as dig does',
  positional: ['words'],
  input: dnsInput,
  example:
    'fourwire dns www.fourwire.test\n  fourwire dns fourwire.test MX --short\n  fourwire dns fourwire.test --axfr',
  run: async (input, context) => {
    const { runDns } = await import('./command/index.ts')
    await runDns(input, context)
  },
})

/** The command `fourwire dns NAME [TYPE]`. Programs call `query`, or create a `Resolver`. */
export const dns: ClientDefinition = {
  name: 'dns',
  summary: 'query name servers, as dig does',
  commands: [queryCommand],
}
