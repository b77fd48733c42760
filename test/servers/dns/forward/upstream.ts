/** An upstream that does what a test tells it, over real sockets, and remembers what it was asked. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket as Stream } from 'node:net'
import { onTestFinished } from 'vitest'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { FrameReader, frame } from '../../../../shared/dns/frames.ts'
import type { DnsRecord, Message } from '../../../../shared/dns/message.ts'
import { BindError } from '../../../../shared/errors.ts'

/** What goes back: messages are written, bytes are sent as they are, by TCP piece by piece where asked; undefined is silence. */
type Back = Message | Buffer | AsyncIterable<Buffer> | undefined
export type Play = (query: Message, transport: 'udp' | 'tcp') => Back | Promise<Back>

export class Upstream {
  /** The questions heard, in their order: `www.example A`. */
  readonly asked: string[] = []
  readonly queries: Message[] = []
  readonly #play: Play
  readonly #streams = new Set<Stream>()
  readonly #tcp: Server = createServer(stream => this.#accept(stream))
  #udp: Socket = createSocket('udp4')

  private constructor(play: Play) {
    this.#play = play
  }

  /** Starts one that the running test owns. */
  static async start(play: Play): Promise<Upstream> {
    const upstream = new Upstream(play)
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

  /** As `forward` has it. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async #listen(): Promise<void> {
    this.#udp = createSocket('udp4')
    this.#udp.bind(0, '127.0.0.1')
    await once(this.#udp, 'listening')
    this.#udp.on('message', async (bytes, { port, address }) => {
      const back = await this.#hear(bytes, 'udp')
      if (Buffer.isBuffer(back)) this.#udp.send(back, port, address)
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
        const back = await this.#hear(query, 'tcp')
        if (Buffer.isBuffer(back)) stream.write(frame(back))
        else if (back) await trickle(stream, back)
      }
    })
  }

  async #hear(bytes: Buffer, transport: 'udp' | 'tcp'): Promise<Exclude<Back, Message>> {
    const query = decodeMessage(bytes)
    const [question] = query.questions
    this.queries.push(query)
    this.asked.push(`${question?.name.toLowerCase()} ${question?.type}`)
    const back = await this.#play(query, transport)
    return back && 'questions' in back ? encodeMessage(back) : back
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

/** An upstream's response to a query. */
export function reply(query: Message, answers: readonly DnsRecord[], more: Partial<Message> = {}): Message {
  const flags = { ...query.flags, ra: true }
  return { ...query, response: true, flags, answers, authorities: [], additionals: [], edns: undefined, ...more }
}
