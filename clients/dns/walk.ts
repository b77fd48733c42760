/** Goes down the delegations, from server to server, as a resolver does that has nothing in its cache. */
import type { DnsRecord } from '../../shared/dns/message.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import type { DnsQuery, DnsReply } from './query.ts'
import type { Outcome } from './walk-steps.ts'

/** What to ask, and where to begin. */
export interface DnsWalk extends Omit<DnsQuery, 'recurse'> {
  /** The servers to begin at, tried in their order; without any, the server that `query` would ask. */
  readonly roots?: readonly string[] | undefined
}

/** One server asked. */
export interface WalkStep {
  /** The name that it is known by, where a delegation named it. */
  readonly name: string | undefined
  readonly server: Location
  /** The zone that it was asked for, folded; undefined for the server at which the walk begins. */
  readonly zone: string | undefined
  /** What was asked for: the name of the walk, or that of a name server whose address nobody told. */
  readonly lookingFor: string
  /** How deep such a search for a server's address is; 0 for the walk itself. */
  readonly depth: number
  /** What it said; undefined where it did not answer. */
  readonly reply: DnsReply | undefined
  /** What that means. */
  readonly outcome: Outcome
  /** Records that it said and that are not its to say: those outside the zone that it was asked for. */
  readonly disbelieved: readonly DnsRecord[]
}

/**
 * Asks without recursion, at most 64 times and 4 searches deep; `timeout` is for one server. The last step is the answer:
 * `answer`, or `nothing` where there is no such name or type.
 *
 * @throws UsageError as `query` does
 * @throws UnreachableError where nobody answers to begin with
 * @throws RefusedError where the walk ends without one: no server of a zone that answers, a circle, too many steps
 */
export async function* walk(request: DnsWalk, options: ClientOptions = {}): AsyncGenerator<WalkStep> {
  const { Walker } = await import('./walker.ts')
  yield* (await Walker.begin(request, options)).steps()
}
