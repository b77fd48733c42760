/** Dissects a data connection: its content is one transfer per direction, with size, rate and first bytes. Pure. */
import { formatBytes } from '../../../format-bytes.ts'
import { type Direction, type Dissected, type Dissector, Excerpt } from '../../dissector.ts'
import { lazyMessage } from '../../lazy-message.ts'

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
    const milliseconds = this.#now() - this.#startedAt
    const describe = () => ({ summary: describeTransfer(direction, size, milliseconds), bytes })
    return [lazyMessage({ kind: 'transfer', direction, exchange: 0, size }, undefined, describe)]
  }
}

function describeTransfer(direction: Direction, size: number, milliseconds: number): string {
  const sender = direction === 'request' ? 'client' : 'server'
  const sent = `${sender} sent ${size} ${size === 1 ? 'byte' : 'bytes'}`
  return milliseconds > 0 ? `${sent} (${formatBytes((1000 * size) / milliseconds)}/s)` : sent
}
