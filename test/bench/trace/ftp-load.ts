/** The load of FTP: sessions that download one file again and again, each time over a new passive data connection. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sessions at the same time. */
const SESSIONS = 4

/**
 * Downloads for a time; resolves with downloads per second.
 *
 * @throws Error that quotes a reply that is not the expected one
 */
export async function downloadRepeatedly(port: number, file: string, seconds: number): Promise<number> {
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  const counts = await Promise.all(Array.from({ length: SESSIONS }, () => runSession(port, file, endsAt)))
  return (1000 * counts.reduce((sum, count) => sum + count)) / (performance.now() - startedAt)
}

/** Downloads at least once, until a time of `performance.now()`; resolves with the number of downloads. */
async function runSession(port: number, file: string, endsAt: number): Promise<number> {
  const session = new Session(connect(port, '127.0.0.1'))
  try {
    await session.expect(220)
    await session.send('USER anonymous', 331)
    await session.send('PASS bench@client.example', 230)
    await session.send('TYPE I', 200)
    let downloads = 0
    do {
      await session.download(file)
      downloads += 1
    } while (performance.now() < endsAt)
    return downloads
  } finally {
    session.close()
  }
}

class Session {
  readonly #socket: Socket
  readonly #replies: string[] = []
  #partial = ''
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay().setEncoding('latin1')
    socket.on('data', (text: string) => this.#receive(text))
    socket.on('error', error => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the session')))
  }

  /** Sends a command and waits for the reply. */
  async send(command: string, code: number): Promise<string> {
    this.#socket.write(`${command}\r\n`)
    return this.expect(code)
  }

  async download(file: string): Promise<void> {
    const reply = await this.send('EPSV', 229)
    const data = connect(Number(/\|\|\|(\d+)\|/.exec(reply)?.[1]), '127.0.0.1')
    const ended = once(data, 'close')
    data.resume()
    await this.send(`RETR ${file}`, 150)
    await this.expect(226)
    await ended
  }

  close(): void {
    this.#socket.destroy()
  }

  async expect(code: number): Promise<string> {
    while (this.#replies.length === 0) {
      if (this.#failure) throw this.#failure
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const reply = this.#replies.shift() ?? ''
    if (!reply.startsWith(`${code} `)) throw new Error(`unexpected reply of FTP: ${reply}, where ${code} was expected`)
    return reply
  }

  /** Takes the last line of each reply. */
  #receive(text: string): void {
    const lines = `${this.#partial}${text}`.split('\r\n')
    this.#partial = lines.pop() ?? ''
    this.#replies.push(...lines.filter(line => /^\d{3} /.test(line)))
    this.#wake?.()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake?.()
  }
}
