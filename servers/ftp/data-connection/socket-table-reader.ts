/** Tells how much the peers of sockets have acknowledged. Only Linux has tables with that. */
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { endianness } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { type TableName, tableOf, unacknowledgedIn } from './socket-table.ts'

export class SocketTableReader {
  readonly #pause: number
  /** What waits for a table shares one read: with many sockets on the machine, that takes long. */
  readonly #reading = new Map<TableName, Promise<string>>()
  readonly #readAt = new Map<TableName, number>()

  /** @param pause milliseconds between two reads of a table */
  constructor(pause: number) {
    this.#pause = pause
  }

  /** Returns the bytes that were sent, and that the peer has not acknowledged; 0 if the system does not tell. May wait for a pause. */
  async unacknowledgedBytes(socket: Socket): Promise<number> {
    const { localAddress, localPort, remoteAddress, remotePort } = socket
    const isKnown = localAddress && remoteAddress && localPort !== undefined && remotePort !== undefined
    if (!isKnown || process.platform !== 'linux') return 0
    const ends = { local: { host: localAddress, port: localPort }, remote: { host: remoteAddress, port: remotePort } }
    try {
      return unacknowledgedIn(await this.#read(tableOf(localAddress)), ends, endianness()) ?? 0
    } catch {
      return 0
    }
  }

  #read(name: TableName): Promise<string> {
    const current = this.#reading.get(name)
    if (current) return current
    const reading = this.#readAfterPause(name).finally(() => this.#reading.delete(name))
    this.#reading.set(name, reading)
    return reading
  }

  async #readAfterPause(name: TableName): Promise<string> {
    const pause = (this.#readAt.get(name) ?? Number.NEGATIVE_INFINITY) + this.#pause - performance.now()
    if (pause > 0) await wait(pause, undefined, { ref: false })
    try {
      return await readFile(`/proc/self/net/${name}`, 'latin1')
    } finally {
      this.#readAt.set(name, performance.now())
    }
  }
}
