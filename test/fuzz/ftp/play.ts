/** Plays a session of the fuzz, and checks what the server sends over both connections. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { FuzzFailure } from '../shared/fuzz-failure.ts'
import { reset } from '../shared/reset.ts'
import { findTrace } from './canaries.ts'
import { findInvalidReply } from './replies.ts'
import type { DataStep, FuzzSession } from './sessions.ts'

/** Milliseconds after which a session that the client has ended hangs. */
const MAX_SESSION_MS = 60_000
/** Milliseconds that a client waits for the reply with the port of a data connection: earlier commands can prevent one. */
const MAX_PORT_MS = 100
/** Milliseconds that a client waits for the end of a transfer before it goes on. */
const MAX_TRANSFER_MS = 50

/**
 * @param address the client's own address, of 127.0.0.0/8
 * @throws FuzzFailure
 */
export async function play(port: number, session: FuzzSession, address: string): Promise<void> {
  const client = await FuzzClient.connect(port, address, session.tls)
  let failure: unknown
  try {
    await client.run(session)
  } catch (error) {
    failure = error
  }
  const ended = await client.end(session.ending)
  const received = client.received()
  if (!ended) throw new FuzzFailure('the session hangs', received)
  if (failure) throw failure
  const trace = findTrace(received) ?? client.trace
  if (trace !== undefined) throw new FuzzFailure(`the client received ${trace}, which is outside the folder`, received)
  const invalid = findInvalidReply(received.toString('latin1'))
  if (invalid !== undefined) throw new FuzzFailure(`an invalid reply: ${JSON.stringify(invalid)}`, received)
}

class FuzzClient {
  /** What a data connection disclosed. */
  trace: string | undefined
  readonly #address: string
  readonly #raw: Socket
  #socket: Socket
  readonly #parts: Buffer[] = []
  readonly #dataSockets = new Set<Socket>()
  #text = ''
  #wake: () => void = () => {}
  #onClose: () => void = () => {}
  readonly #closed: Promise<void>

  private constructor(socket: Socket, address: string) {
    this.#raw = socket
    this.#socket = socket
    this.#address = address
    this.#closed = new Promise(resolve => {
      this.#onClose = () => {
        resolve()
        this.#wake()
      }
    })
    this.#follow(socket)
  }

  static async connect(port: number, address: string, tls: boolean): Promise<FuzzClient> {
    const options = { port, host: '127.0.0.1', localAddress: address, noDelay: true, allowHalfOpen: true }
    const client = new FuzzClient(connect(options), address)
    if (tls) await client.#startTls()
    return client
  }

  #follow(socket: Socket): void {
    // The server may end the connection at any time.
    socket.on('error', () => {})
    socket.once('close', () => this.#onClose())
    socket.on('data', (bytes: Buffer) => {
      this.#parts.push(bytes)
      this.#text += bytes.toString('latin1')
      this.#wake()
    })
  }

  async #startTls(): Promise<void> {
    this.#write('AUTH TLS\r\n')
    if (!(await this.#find(/^234 .*\r\n/m))) return
    this.#raw.removeAllListeners('data')
    this.#parts.length = 0
    const secure = connectTls({ socket: this.#raw, rejectUnauthorized: false })
    this.#follow(secure)
    this.#socket = secure
    await Promise.race([once(secure, 'secureConnect'), this.#closed]).catch(() => {})
    this.#write('PBSZ 0\r\nPROT P\r\n')
  }

  #write(bytes: Buffer | string): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  async run({ login, steps }: FuzzSession): Promise<void> {
    if (login !== 'none') {
      this.#write(login === 'alice' ? 'USER alice\r\nPASS wonderland\r\n' : 'USER anonymous\r\nPASS x\r\n')
      await this.#find(/^(230|421|530) .*\r\n/m)
    }
    for (const step of steps) {
      if (this.#raw.destroyed) return
      if (step.kind === 'command') this.#write(step.bytes)
      else await this.#transfer(step)
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Waits for text that the server sends from now on, or has not been looked for; undefined if it takes too long. */
  async #find(pattern: RegExp): Promise<RegExpExecArray | undefined> {
    const deadline = performance.now() + MAX_PORT_MS
    while (!this.#raw.destroyed) {
      const found = pattern.exec(this.#text)
      if (found) {
        this.#text = this.#text.slice(found.index + found[0].length)
        return found
      }
      const left = deadline - performance.now()
      if (left <= 0) return undefined
      await this.#moreText(left)
    }
    return undefined
  }

  #moreText(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #transfer(step: DataStep): Promise<void> {
    // Ends a command that a mutation has left open.
    this.#write('\r\n')
    const isPassive = step.mode === 'EPSV' || step.mode === 'PASV'
    const { done } = isPassive ? await this.#openPassive(step) : await this.#openActive(step)
    this.#write(Buffer.concat([step.command, Buffer.from('\r\n')]))
    if (step.meanwhile) this.#write(step.meanwhile)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, MAX_TRANSFER_MS)
    })
    await Promise.race([done, late])
    clearTimeout(timer)
  }

  async #openPassive(step: DataStep): Promise<{ readonly done: Promise<void> }> {
    this.#write(`${step.mode}\r\n`)
    const pattern = step.mode === 'EPSV' ? /\(\|\|\|(\d+)\|\)/ : /^227 .*\(\d+,\d+,\d+,\d+,(\d+),(\d+)\)/m
    const found = await this.#find(pattern)
    if (!found || step.ending === 'never open') return { done: Promise.resolve() }
    const port = found[2] === undefined ? Number(found[1]) : Number(found[1]) * 256 + Number(found[2])
    const socket = connect({ port, host: '127.0.0.1', localAddress: this.#address, noDelay: true, allowHalfOpen: true })
    return { done: this.#useData(socket, step) }
  }

  async #openActive(step: DataStep): Promise<{ readonly done: Promise<void> }> {
    let resolve: () => void = () => {}
    const done = new Promise<void>(settle => {
      resolve = settle
    })
    const server = createServer({ allowHalfOpen: true }, socket => {
      server.close()
      void this.#useData(socket, step).then(resolve)
    })
    server.listen(0, this.#address)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    if (step.ending === 'never open') server.close()
    void this.#closed.then(() => server.close())
    const numbers = `${this.#address.replaceAll('.', ',')},${port >> 8},${port & 255}`
    this.#write(step.mode === 'EPRT' ? `EPRT |1|${this.#address}|${port}|\r\n` : `PORT ${numbers}\r\n`)
    return { done }
  }

  /** Resolves when the data connection has ended. */
  #useData(raw: Socket, { bytes, ending }: DataStep): Promise<void> {
    this.#dataSockets.add(raw)
    raw.on('error', () => {})
    const isSecure = this.#socket !== this.#raw
    const socket = isSecure ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw
    socket.on('error', () => {})
    const received: Buffer[] = []
    if (ending !== 'stop reading') socket.on('data', (part: Buffer) => received.push(part))
    if (bytes > 0) socket.write(Buffer.alloc(bytes, 'upload '))
    if (ending === 'reset') reset(socket, raw)
    else if (ending === 'end') socket.end()
    return new Promise(resolve => {
      raw.once('close', () => {
        this.#dataSockets.delete(raw)
        this.trace ??= findTrace(Buffer.concat(received))
        resolve()
      })
    })
  }

  /** Ends the session; returns false if the server does not. */
  async end(ending: FuzzSession['ending']): Promise<boolean> {
    if (ending === 'ABOR and QUIT') this.#write('\r\nABOR\r\n')
    if (ending.endsWith('QUIT')) this.#write('\r\nQUIT\r\n')
    if (ending === 'reset') reset(this.#socket, this.#raw)
    else this.#socket.end()
    if (ending === 'reset') for (const socket of this.#dataSockets) socket.destroy()
    let timer: NodeJS.Timeout | undefined
    const hangs = new Promise<boolean>(resolve => {
      timer = setTimeout(resolve, MAX_SESSION_MS, false)
    })
    const hasEnded = await Promise.race([this.#closed.then(() => true), hangs])
    clearTimeout(timer)
    this.#raw.destroy()
    for (const socket of this.#dataSockets) socket.destroy()
    return hasEnded
  }

  received(): Buffer {
    return Buffer.concat(this.#parts)
  }
}
