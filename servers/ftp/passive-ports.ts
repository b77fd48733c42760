/** The ports that passive data connections use: a range, or any that is free. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { errorCode, UsageError } from '../../shared/errors.ts'
import { Refusal } from './replies.ts'

/** A port that is listened on; `release` gives it back, once the server has been closed. */
export interface TakenPort {
  readonly port: number
  release(): void
}

export class PassivePorts {
  /** Undefined where any port will do. The longest unused comes first, so that a port rests between two uses. */
  readonly #free: Set<number> | undefined

  /**
   * @param range `FROM-TO`, or `0` for any free port
   * @throws UsageError for a range that is none
   */
  constructor(range: string) {
    this.#free = range === '0' ? undefined : new Set(portsOf(range))
  }

  /**
   * Binds the server to one of the ports.
   *
   * @throws Refusal 425 when none is free
   */
  async listen(server: Server, host: string): Promise<TakenPort> {
    if (!this.#free) return { port: await bind(server, host, 0), release: () => {} }
    for (const port of [...this.#free]) {
      // While this one waits, another session may have taken it.
      if (!this.#free.delete(port)) continue
      const release = () => this.#free?.add(port)
      try {
        return { port: await bind(server, host, port), release }
      } catch (error) {
        release()
        if (errorCode(error) !== 'EADDRINUSE') throw error
      }
    }
    throw new Refusal(425, 'No port is free for a data connection; try again later')
  }
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function portsOf(range: string): number[] {
  const [from = 0, to = 0] = range.split('-').map(Number)
  if (from < 1 || to > 65535 || from > to) {
    throw new UsageError(
      `ftp.passivePorts: ${JSON.stringify(range)} is no range of ports; give one like 40000-40099, or 0`,
    )
  }
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
