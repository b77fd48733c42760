/** SMTP clients that send messages without a pause, and record which of them the server has acknowledged. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Replies, UnexpectedReply } from './replies.ts'

export const SUBJECT = 'kept'
/** Sizes of messages in lines of 64 bytes: from less than a page of the database to many of them. */
const LINES = [1, 10, 100, 1000, 3000] as const

/** All messages of a test by their names: what was sent, and whether a 250 followed. */
export class SentMessages {
  readonly content = new Map<string, Buffer>()
  readonly acknowledged = new Set<string>()

  /** Creates a message whose every line differs from those of others. */
  create(name: string): Buffer {
    const count = LINES[this.content.size % LINES.length] ?? 1
    const line = createHash('sha256').update(name).digest('hex')
    const lines = Array.from({ length: count }, (_, number) => `${line.slice(0, 54)} ${String(number).padStart(7)}\r\n`)
    const message = Buffer.from(`Subject: ${SUBJECT} ${name}\r\n\r\n${lines.join('')}`)
    this.content.set(name, message)
    return message
  }
}

export interface SenderOptions {
  readonly port: number
  /** Precedes the number in the names of the messages. */
  readonly name: string
  readonly sent: SentMessages
  /** Called when the server has acknowledged a message. */
  onAcknowledged(): void
}

/** Sends messages on one connection until the server ends it. */
export async function sendUntilClosed({ port, name, sent, onAcknowledged }: SenderOptions): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    const replies = new Replies(socket)
    await replies.expect(220)
    socket.write('EHLO sender.test\r\n')
    await replies.expect(250)
    for (let number = 1; ; number++) {
      const message = `${name}-${number}`
      const content = sent.create(message)
      socket.write('MAIL FROM:<sender@fourwire.test>\r\nRCPT TO:<kept@fourwire.test>\r\nDATA\r\n')
      for (const code of [250, 250, 354]) await replies.expect(code)
      socket.write(Buffer.concat([content, Buffer.from('.\r\n')]))
      await replies.expect(250)
      sent.acknowledged.add(message)
      onAcknowledged()
    }
  } catch (error) {
    if (error instanceof UnexpectedReply) throw error
    // The server was killed.
  } finally {
    socket.destroy()
  }
}
