/** Collects the events of both ends of a client's conversations: its own trace, and the feeds of running suites. */
import type { TraceEvent } from '../../trace/event.ts'
import { joinExchanges } from '../../trace/exchanges.ts'
import { type FeedFollower, followFeed } from '../../trace/feed.ts'
import { formatExchanges } from '../../trace/format-exchanges.ts'
import { encodeEvent } from '../../trace/sinks/json.ts'
import type { Trace } from '../../trace/trace.ts'

/** Events stored for each end. The oldest are dropped first: a feed also has the conversations of other clients. */
const MAX_EVENTS = 20_000

export class TraceCollector {
  readonly #client = new RecentEvents()
  readonly #server = new RecentEvents()
  #feeds: readonly FeedFollower[] = []

  /** Follows the client's trace and the feed of each suite. Steps of a suite whose feed is unreachable are missing. */
  static async follow(trace: Trace, suites: readonly { feed: string }[]): Promise<TraceCollector> {
    const collector = new TraceCollector()
    trace.on(event => collector.#client.add(event))
    const attempts = await Promise.allSettled(suites.map(({ feed }) => followFeed(feed, e => collector.#server.add(e))))
    collector.#feeds = attempts.flatMap(attempt => (attempt.status === 'fulfilled' ? [attempt.value] : []))
    return collector
  }

  /** Waits for the suites' events; returns all events as the five steps of each exchange, or as JSON lines. */
  async finish(json: boolean, width?: number): Promise<string> {
    await Promise.allSettled(this.#feeds.map(following => following.sync()))
    for (const following of this.#feeds) following.close()
    const ours = withCaused(
      this.#client.events.map(event => event.conversation),
      this.#server.events,
    )
    const isOurs = ({ conversation, cause }: TraceEvent) =>
      ours.has(conversation) || (cause !== undefined && ours.has(cause))
    const events = [...this.#client.events, ...this.#server.events.filter(isOurs)]
    if (!json) return formatExchanges(joinExchanges(events), width)
    return events.map(event => `${encodeEvent(event)}\n`).join('')
  }
}

/**
 * Adds the conversations that servers had with other servers because of these. Those with the database are not added: a pool
 * uses one connection for the requests of many clients.
 */
function withCaused(conversations: readonly string[], events: readonly TraceEvent[]): ReadonlySet<string> {
  const all = new Set(conversations)
  for (const { cause, conversation, protocol } of events) {
    if (protocol !== 'sql' && cause !== undefined && all.has(cause)) all.add(conversation)
  }
  return all
}

/** The latest events, up to the bound. */
class RecentEvents {
  events: TraceEvent[] = []

  add(event: TraceEvent): void {
    this.events.push(event)
    // Cut rarely and by half, so that adding an event is cheap on average.
    if (this.events.length > 2 * MAX_EVENTS) this.events = this.events.slice(-MAX_EVENTS)
  }
}
