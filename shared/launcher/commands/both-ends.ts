/** Hears both ends of a client's conversations: its own trace, and the feeds of the suites that it talks to. */
import type { TraceEvent } from '../../trace/event.ts'
import { describeExchanges, joinExchanges } from '../../trace/exchanges.ts'
import { type Following, followFeed } from '../../trace/feed.ts'
import { encodeEvent } from '../../trace/sinks/json.ts'
import type { Trace } from '../../trace/trace.ts'

/** How many events of other people's conversations are kept aside at most, until ours are known. */
const MAX_SERVER_EVENTS = 20_000

export class BothEnds {
  readonly #client: TraceEvent[] = []
  readonly #server: TraceEvent[] = []
  #followings: readonly Following[] = []

  /** Follows the client's trace, and each suite's as well as it can be reached. */
  static async follow(trace: Trace, suites: readonly { feed: string }[]): Promise<BothEnds> {
    const ends = new BothEnds()
    trace.on(event => ends.#client.push(event))
    ends.#followings = await Promise.all(suites.map(({ feed }) => followFeed(feed, event => ends.#hearServer(event))))
    return ends
  }

  #hearServer(event: TraceEvent): void {
    if (this.#server.length < MAX_SERVER_EVENTS) this.#server.push(event)
  }

  /** All that was said, once the suites have told what they saw: the five steps, or the events as JSON lines. */
  async finish(json: boolean): Promise<string> {
    await Promise.allSettled(this.#followings.map(following => following.sync()))
    for (const following of this.#followings) following.close()
    const ours = new Set(this.#client.map(event => event.conversation))
    const events = [...this.#client, ...this.#server.filter(event => ours.has(event.conversation))]
    if (!json) return describeExchanges(joinExchanges(events))
    return events.map(event => `${encodeEvent(event)}\n`).join('')
  }
}
