/** A client that sends one message after another on a connection, and connects again when it has ended. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Outcome, Sender } from './load.ts'

/** A reply that refuses the message for now (RFC 5321, section 4.2.1). */
const LATER = /^4\d\d/

export class SmtpSender implements Sender {
  readonly #port: number
  readonly #mailbox: string
  #session: Session | undefined

  /** @param mailbox sender and recipient */
  constructor(port: number, mailbox = 'load@fourwire.test') {
    this.#port = port
    this.#mailbox = mailbox
  }

  async send(text: string): Promise<Outcome> {
    try {
      this.#session ??= await Session.open(this.#port)
      await this.#session.send(text, this.#mailbox)
      return { kind: 'acknowledged' }
    } catch (error) {
      if (!(error instanceof UnexpectedReply)) {
        this.close()
        return { kind: 'broken' }
      }
      const { message: answer } = error
      if (!LATER.test(answer)) return { kind: 'wrong', answer }
      // The server ends the session after 421.
      if (answer.startsWith('421')) this.close()
      return { kind: 'later', answer }
    }
  }

  close(): void {
    this.#session?.close()
    this.#session = undefined
  }
}

class UnexpectedReply extends Error {}

class Session {
  readonly #socket: Socket
  readonly #lines: AsyncIterator<string>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  }

  static async open(port: number): Promise<Session> {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    const session = new Session(socket)
    await session.#expect('220')
    await session.#command('EHLO load.test', '250')
    return session
  }

  async send(text: string, mailbox: string): Promise<void> {
    try {
      await this.#command(`MAIL FROM:<${mailbox}>`, '250')
      await this.#command(`RCPT TO:<${mailbox}>`, '250')
      await this.#command('DATA', '354')
    } catch (error) {
      if (error instanceof UnexpectedReply && !error.message.startsWith('421')) await this.#command('RSET', '250')
      throw error
    }
    await this.#command(`Subject: ${text}\r\n\r\n.`, '250')
  }

  close(): void {
    this.#socket.destroy()
  }

  async #command(line: string, code: string): Promise<void> {
    this.#socket.write(`${line}\r\n`)
    await this.#expect(code)
  }

  /** Reads the lines of one reply. */
  async #expect(code: string): Promise<void> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done) throw new Error('the connection is closed')
      if (value[3] === '-') continue
      if (!value.startsWith(code)) throw new UnexpectedReply(value)
      return
    }
  }
}
