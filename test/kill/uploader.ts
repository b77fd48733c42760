/** FTP clients that upload files without a pause, and record which of them the server has acknowledged. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Replies, UnexpectedReply } from './replies.ts'

/** From less than a page to several batches of the server. */
const SIZES = [1, 1000, 64 * 1024, 1_500_000, 5_000_000] as const

/** All files of a test by their names: what was sent, and whether a 226 followed. */
export class SentFiles {
  readonly content = new Map<string, Buffer>()
  readonly acknowledged = new Set<string>()

  create(name: string): Buffer {
    const size = SIZES[this.content.size % SIZES.length] ?? 1
    const content = Buffer.alloc(size, createHash('sha256').update(name).digest('hex'))
    this.content.set(name, content)
    return content
  }
}

export interface UploaderOptions {
  readonly port: number
  /** Precedes the number in the names of the files. */
  readonly name: string
  readonly sent: SentFiles
  /** Called when the server has acknowledged a file. */
  onAcknowledged(): void
}

/** Uploads files in one session until the server ends it. */
export async function uploadUntilClosed({ port, name, sent, onAcknowledged }: UploaderOptions): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    const replies = new Replies(socket)
    await replies.expect(220)
    socket.write('USER alice\r\n')
    await replies.expect(331)
    socket.write('PASS wonderland\r\n')
    await replies.expect(230)
    for (let number = 1; ; number++) {
      const file = `${name}-${number}`
      await uploadFile(socket, replies, file, sent.create(file))
      sent.acknowledged.add(file)
      onAcknowledged()
    }
  } catch (error) {
    if (error instanceof UnexpectedReply) throw error
    // The server was killed.
  } finally {
    socket.destroy()
  }
}

async function uploadFile(socket: Socket, replies: Replies, name: string, content: Buffer): Promise<void> {
  socket.write('EPSV\r\n')
  const data = connect({ port: Number(/\|(\d+)\|/.exec(await replies.expect(229))?.[1]), host: '127.0.0.1' })
  // The control connection reports that the server was killed.
  data.on('error', () => {})
  try {
    socket.write(`STOR files/${name}\r\n`)
    data.end(content)
    await replies.expect(150)
    await replies.expect(226)
  } finally {
    data.destroy()
  }
}
