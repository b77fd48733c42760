/** A bare TCP client for tests: literal transcripts, byte for byte, with nothing between the test and the socket. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { expect, onTestFinished } from 'vitest'

export class Wire {
  readonly socket: Socket
  #unread = ''
  #over = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', text => {
      this.#unread += text
      this.#wake()
    })
    socket.on('error', () => this.#end())
    socket.on('close', () => this.#end())
    socket.on('end', () => this.#end())
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<Wire> {
    const socket = connect({ port, host, allowHalfOpen: true })
    await once(socket, 'connect')
    onTestFinished(() => {
      socket.destroy()
    })
    return new Wire(socket)
  }

  /** Connects over TLS, believing whoever answers: what is tested with it is not the certificate. */
  static async connectTls(port: number, options: ConnectionOptions = {}): Promise<Wire> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    onTestFinished(() => {
      socket.destroy()
    })
    await once(socket, 'secureConnect')
    return new Wire(socket)
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** The next line, without its line ending; undefined once the other end has closed. */
  async line(): Promise<string | undefined> {
    while (!this.#unread.includes('\n')) {
      if (this.#over) return undefined
      await this.#more()
    }
    const end = this.#unread.indexOf('\n')
    const line = this.#unread.slice(0, end).replace(/\r$/, '')
    this.#unread = this.#unread.slice(end + 1)
    return line
  }

  /** The next so many bytes; fewer where the other end closes before. */
  async read(length: number): Promise<string> {
    while (this.#unread.length < length && !this.#over) await this.#more()
    const taken = this.#unread.slice(0, length)
    this.#unread = this.#unread.slice(length)
    return taken
  }

  /** All that comes until the other end closes. */
  async readToEnd(): Promise<string> {
    while (!this.#over) await this.#more()
    const rest = this.#unread
    this.#unread = ''
    return rest
  }

  /**
   * Plays a transcript: `C: ` lines are sent with CRLF, `S: ` lines must come back. `*` in an `S: ` line stands for
   * anything; `S: (closed)` is the end of the connection.
   */
  async play(transcript: string): Promise<void> {
    const lines = transcript.split('\n').map(line => line.trim())
    for (const line of lines.filter(line => line !== '')) {
      if (line.startsWith('C:')) this.send(`${line.slice(3)}\r\n`)
      else if (line.startsWith('S:')) await this.#expect(line.slice(3), transcript)
      else throw new Error(`a transcript line starts with "C: " or "S: ": ${line}`)
    }
  }

  async #expect(wanted: string, transcript: string): Promise<void> {
    const got = (await this.line()) ?? '(closed)'
    const pattern = new RegExp(`^${wanted.split('*').map(escapeRegExp).join('.*')}$`)
    expect(got, `in this transcript:\n${transcript}`).toMatch(pattern)
  }

  #more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #end(): void {
    this.#over = true
    this.#wake()
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
