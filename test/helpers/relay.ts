/** A relay in front of a TCP server, to take the server away: it refuses, stops answering, or loses one answer. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { freePort } from './free-port.ts'

export class Relay {
  readonly port: number
  /** Connections so far. */
  accepted = 0
  readonly #target: number
  #server = createServer()
  readonly #sockets = new Set<Socket>()
  readonly #silent = new Set<() => void>()
  #isSilent = false
  #lost: Buffer | undefined

  private constructor(port: number, target: number) {
    this.port = port
    this.#target = target
  }

  /** Starts a relay in front of a port of 127.0.0.1, until the end of the test. */
  static async start(target: number): Promise<Relay> {
    const relay = new Relay(await freePort(), target)
    await relay.open()
    onTestFinished(() => relay.refuse())
    return relay
  }

  /** Accepts connections again, on the same port. */
  async open(): Promise<AddressInfo> {
    this.#server = createServer({ allowHalfOpen: true }, client => this.#accept(client))
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    return this.#server.address() as AddressInfo
  }

  /** Closes all connections and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Accepts connections and answers nothing; what clients send gets lost. */
  beSilent(): void {
    this.#isSilent = true
  }

  /** Answers again, on new connections. */
  answer(): void {
    this.#isSilent = false
    for (const close of this.#silent) close()
    this.#silent.clear()
  }

  /** Passes on the next request that contains these bytes, and closes its connection in place of passing on the answer. */
  loseAnswerTo(request: string): void {
    this.#lost = Buffer.from(request)
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1' })
    let losesAnswer = false
    this.accepted += 1
    const close = () => {
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        close()
      })
    }
    const pass = (bytes: Buffer, to: Socket) => {
      if (this.#isSilent) this.#silent.add(close)
      else to.write(bytes)
    }
    client.on('data', bytes => {
      if (this.#lost && bytes.includes(this.#lost)) {
        losesAnswer = true
        this.#lost = undefined
      }
      pass(bytes, server)
    })
    server.on('data', bytes => (losesAnswer ? close() : pass(bytes, client)))
    client.on('end', () => server.end())
    server.on('end', () => client.end())
  }
}
