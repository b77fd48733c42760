/** A scripted upstream over real sockets. It records the queries that it receives. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket as Stream } from 'node:net'
import { onTestFinished } from 'vitest'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { FrameReader, frame } from '../../../../shared/dns/frames.ts'
import type { DnsRecord, Message } from '../../../../shared/dns/message.ts'
import { BindError } from '../../../../shared/errors.ts'

/** A message is encoded; bytes are sent unchanged; a sequence is sent in pieces over TCP; undefined sends nothing. */
type Outgoing = Message | Buffer | AsyncIterable<Buffer> | undefined
export type Responder = (query: Message, transport: 'udp' | 'tcp') => Outgoing | Promise<Outgoing>

export class Upstream {
  /** The received questions, in order: `www.example A`. */
  readonly questions: string[] = []
  readonly queries: Message[] = []
  readonly #respond: Responder
  readonly #streams = new Set<Stream>()
  readonly #tcp: Server = createServer(stream => this.#accept(stream))
  #udp: Socket = createSocket('udp4')

  private constructor(respond: Responder) {
    this.#respond = respond
  }

  /** Starts an upstream that closes with the running test. */
  static async start(respond: Responder): Promise<Upstream> {
    const upstream = new Upstream(respond)
    for (let tries = 0; ; tries++) {
      try {
        await upstream.#listen()
        break
      } catch (error) {
        if (tries === 20) throw new BindError('upstream', '127.0.0.1', 0, error as NodeJS.ErrnoException)
      }
    }
    onTestFinished(() => upstream.#close())
    return upstream
  }

  get port(): number {
    return this.#udp.address().port
  }

  /** The address as the option `forward` expects it. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async #listen(): Promise<void> {
    this.#udp = createSocket('udp4')
    this.#udp.bind(0, '127.0.0.1')
    await once(this.#udp, 'listening')
    this.#udp.on('message', async (bytes, { port, address }) => {
      const outgoing = await this.#receive(bytes, 'udp')
      if (Buffer.isBuffer(outgoing)) this.#udp.send(outgoing, port, address)
    })
    this.#tcp.listen(this.port, '127.0.0.1')
    try {
      await once(this.#tcp, 'listening')
    } catch (error) {
      this.#udp.close()
      throw error
    }
  }

  #accept(stream: Stream): void {
    this.#streams.add(stream)
    const frames = new FrameReader()
    stream.on('error', () => stream.destroy())
    stream.on('data', async (bytes: Buffer) => {
      for (const query of frames.push(bytes)) {
        const outgoing = await this.#receive(query, 'tcp')
        if (Buffer.isBuffer(outgoing)) stream.write(frame(outgoing))
        else if (outgoing) await trickle(stream, outgoing)
      }
    })
  }

  async #receive(bytes: Buffer, transport: 'udp' | 'tcp'): Promise<Exclude<Outgoing, Message>> {
    const query = decodeMessage(bytes)
    const [question] = query.questions
    this.queries.push(query)
    this.questions.push(`${question?.name.toLowerCase()} ${question?.type}`)
    const outgoing = await this.#respond(query, transport)
    return outgoing && 'questions' in outgoing ? encodeMessage(outgoing) : outgoing
  }

  async #close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy()
    this.#tcp.close()
    this.#udp.close()
  }
}

async function trickle(stream: Stream, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) {
    if (stream.destroyed) return
    stream.write(piece)
  }
}

/** Returns an upstream's response to a query. */
export function reply(query: Message, answers: readonly DnsRecord[], more: Partial<Message> = {}): Message {
  const flags = { ...query.flags, ra: true }
  return { ...query, response: true, flags, answers, authorities: [], additionals: [], edns: undefined, ...more }
}
