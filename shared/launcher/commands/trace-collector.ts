/** Hears both ends of a client's conversations: its own trace, and the feeds of the suites that it talks to. */
import type { TraceEvent } from '../../trace/event.ts'
import { formatExchanges, joinExchanges } from '../../trace/exchanges.ts'
import { type FeedFollower, followFeed } from '../../trace/feed.ts'
import { encodeEvent } from '../../trace/sinks/json.ts'
import type { Trace } from '../../trace/trace.ts'

/** How many events of one end are kept; the oldest go first, since other people's conversations are among them. */
const MAX_EVENTS = 20_000

export class TraceCollector {
  readonly #client = new RecentEvents()
  readonly #server = new RecentEvents()
  #feeds: readonly FeedFollower[] = []

  /** Follows the client's trace, and each suite's where it can be reached: the server's steps are not seen otherwise. */
  static async follow(trace: Trace, suites: readonly { feed: string }[]): Promise<TraceCollector> {
    const ends = new TraceCollector()
    trace.on(event => ends.#client.add(event))
    const attempts = await Promise.allSettled(suites.map(({ feed }) => followFeed(feed, e => ends.#server.add(e))))
    ends.#feeds = attempts.flatMap(attempt => (attempt.status === 'fulfilled' ? [attempt.value] : []))
    return ends
  }

  /** All that was said, once the suites have told what they saw: the five steps, or the events as JSON lines. */
  async finish(json: boolean, width?: number): Promise<string> {
    await Promise.allSettled(this.#feeds.map(following => following.sync()))
    for (const following of this.#feeds) following.close()
    const ours = new Set(this.#client.events.map(event => event.conversation))
    const events = [...this.#client.events, ...this.#server.events.filter(event => ours.has(event.conversation))]
    if (!json) return formatExchanges(joinExchanges(events), width)
    return events.map(event => `${encodeEvent(event)}\n`).join('')
  }
}

/** The latest events, up to the bound. */
class RecentEvents {
  events: TraceEvent[] = []

  add(event: TraceEvent): void {
    this.events.push(event)
    // Cut seldom and much, so that each event costs next to nothing.
    if (this.events.length > 2 * MAX_EVENTS) this.events = this.events.slice(-MAX_EVENTS)
  }
}
