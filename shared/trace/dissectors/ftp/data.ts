/**
 * Dissects a data connection: its content is one transfer per direction, with size, rate and first bytes. A server that knows what it
 * transfers emits `describeContent` in place of the dissector. Pure.
 */
import { formatBytes } from '../../../format-bytes.ts'
import { type Direction, type Dissected, type DissectedMessage, type Dissector, Excerpt } from '../../dissector.ts'
import { type Description, lazyMessage } from '../../lazy-message.ts'

/** What went over a data connection in one direction. */
export interface Content {
  readonly direction: Direction
  /** The number of bytes. */
  readonly size: number
  /** The first bytes. They are kept, so they must not change later. */
  readonly bytes: Uint8Array
  /** How long the transfer took. */
  readonly milliseconds: number
}

/** @param exchange that of the command of the transfer */
export function describeContent(content: Content, exchange: number): DissectedMessage<'transfer'> {
  const { direction, size } = content
  return lazyMessage({ kind: 'transfer', direction, exchange, size }, content, describe)
}

/** @param now the time in milliseconds from any fixed point */
export function ftpDataDissector(now: () => number): Dissector {
  return new DataDissector(now)
}

class DataDissector implements Dissector {
  readonly #now: () => number
  readonly #startedAt: number
  readonly #excerpts: Record<Direction, Excerpt> = { request: new Excerpt(), response: new Excerpt() }

  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  push(direction: Direction, bytes: Uint8Array): readonly Dissected[] {
    this.#excerpts[direction].add(bytes)
    return []
  }

  end(direction: Direction): readonly Dissected[] {
    const { bytes, size } = this.#excerpts[direction]
    if (size === 0) return []
    return [describeContent({ direction, size, bytes, milliseconds: this.#now() - this.#startedAt }, 0)]
  }
}

function describe({ direction, size, bytes, milliseconds }: Content): Description {
  const sender = direction === 'request' ? 'client' : 'server'
  const sent = `${sender} sent ${size} ${size === 1 ? 'byte' : 'bytes'}`
  return { summary: milliseconds > 0 ? `${sent} (${formatBytes((1000 * size) / milliseconds)}/s)` : sent, bytes }
}
