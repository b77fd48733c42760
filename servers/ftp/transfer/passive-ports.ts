/** The ports for passive data connections: a range, or any free port. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { errorCode, UsageError } from '../../../shared/errors.ts'
import { ReplyError } from '../session/replies.ts'

/** A port on which a server listens. Call `release` after closing the server. */
export interface BoundPort {
  readonly port: number
  release(): void
}

export class PassivePorts {
  /** Undefined for any free port. The first is the port that was unused for the longest time. */
  readonly #free: Set<number> | undefined

  /**
   * @param range `FROM-TO`, or `0` for any free port
   * @throws UsageError if the range is malformed
   */
  constructor(range: string) {
    this.#free = range === '0' ? undefined : new Set(parseRange(range))
  }

  /**
   * Binds the server to a free port.
   *
   * @throws ReplyError 425 if no port is free
   */
  async listen(server: Server, host: string): Promise<BoundPort> {
    if (!this.#free) return { port: await bind(server, host, 0), release: () => {} }
    for (const port of [...this.#free]) {
      // Another session may have taken the port meanwhile.
      if (!this.#free.delete(port)) continue
      const release = () => this.#free?.add(port)
      try {
        return { port: await bind(server, host, port), release }
      } catch (error) {
        release()
        if (errorCode(error) !== 'EADDRINUSE') throw error
      }
    }
    throw new ReplyError(425, 'No port is free for a data connection; try again later')
  }
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function parseRange(range: string): number[] {
  const [from = 0, to = 0] = range.split('-').map(Number)
  if (from < 1 || to > 65535 || from > to) {
    throw new UsageError(
      `ftp.passivePorts: ${JSON.stringify(range)} is not a range of ports. Use one such as 40000-40099, or 0 for any free port`,
    )
  }
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
