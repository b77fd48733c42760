/** Reads the replies of a server that ends by being killed. */
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

export class UnexpectedReply extends Error {}

export class Replies {
  readonly #lines: AsyncIterator<string>

  constructor(socket: Socket) {
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  }

  /** Reads the lines of one reply; returns the last one. */
  async expect(code: number): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) throw new Error('the connection is closed')
      if (!value.startsWith(`${code}`)) throw new UnexpectedReply(`expected ${code}: ${value}`)
      if (value[3] === ' ') return value
    }
  }
}
