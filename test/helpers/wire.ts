/** A TCP or TLS client that plays literal transcripts. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { expect, onTestFinished } from 'vitest'

export class Wire {
  readonly socket: Socket
  #unread = ''
  #ended = false
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

  static async connect(port: number, host = '127.0.0.1', localAddress?: string): Promise<Wire> {
    const socket = connect({ port, host, allowHalfOpen: true, ...(localAddress !== undefined && { localAddress }) })
    await once(socket, 'connect')
    onTestFinished(() => {
      socket.destroy()
    })
    return new Wire(socket)
  }

  /** Uses a socket that the test has accepted. */
  static over(socket: Socket): Wire {
    onTestFinished(() => {
      socket.destroy()
    })
    return new Wire(socket)
  }

  /** Connects over TLS without verifying the certificate. */
  static async connectTls(port: number, options: ConnectionOptions = {}): Promise<Wire> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    onTestFinished(() => {
      socket.destroy()
    })
    await once(socket, 'secureConnect')
    return new Wire(socket)
  }

  /** Begins TLS on this connection, as after STARTTLS, without verifying the certificate. This wire must not be used again. */
  async startTls(options: ConnectionOptions = {}): Promise<Wire> {
    this.socket.removeAllListeners('data')
    const socket = connectTls({ socket: this.socket, rejectUnauthorized: false, ...options })
    onTestFinished(() => {
      socket.destroy()
    })
    await once(socket, 'secureConnect')
    return new Wire(socket)
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Reads the next line, without its line ending; undefined after the server has closed. */
  async line(): Promise<string | undefined> {
    while (!this.#unread.includes('\n')) {
      if (this.#ended) return undefined
      await this.#moreData()
    }
    const end = this.#unread.indexOf('\n')
    const line = this.#unread.slice(0, end).replace(/\r$/, '')
    this.#unread = this.#unread.slice(end + 1)
    return line
  }

  /** Reads `length` bytes, or fewer if the server closes first. */
  async read(length: number): Promise<string> {
    while (this.#unread.length < length && !this.#ended) await this.#moreData()
    const bytes = this.#unread.slice(0, length)
    this.#unread = this.#unread.slice(length)
    return bytes
  }

  /** Reads until the server closes. */
  async readToEnd(): Promise<string> {
    while (!this.#ended) await this.#moreData()
    const rest = this.#unread
    this.#unread = ''
    return rest
  }

  /**
   * Plays a transcript. It sends `C: ` lines with CRLF and expects `S: ` lines. `*` in an `S: ` line matches anything;
   * `S: (closed)` matches the end of the connection.
   */
  async play(transcript: string): Promise<void> {
    const lines = transcript.split('\n').map(line => line.trim())
    for (const line of lines.filter(line => line !== '')) {
      if (line.startsWith('C:')) this.send(`${line.slice(3)}\r\n`)
      else if (line.startsWith('S:')) await this.#expectLine(line.slice(3), transcript)
      else throw new Error(`a transcript line starts with "C: " or "S: ": ${line}`)
    }
  }

  async #expectLine(expected: string, transcript: string): Promise<void> {
    const line = (await this.line()) ?? '(closed)'
    const pattern = new RegExp(`^${expected.split('*').map(escapeRegExp).join('.*')}$`)
    expect(line, `in this transcript:\n${transcript}`).toMatch(pattern)
  }

  #moreData(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #end(): void {
    this.#ended = true
    this.#wake()
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
