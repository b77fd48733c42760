/**
 * The floor of the bench: bare node:net and node:fs, with as much of FTP as the load needs: no accounts, no jail, no bounds. One
 * listener for data connections serves a session from its first EPSV to its end. A file is read into two reused buffers of
 * 1 MiB, one while the other is sent; an upload is written while the next part arrives. Small files are read and written
 * synchronously. A listing is a constant.
 *
 * Arguments: PORT ROOT CERTIFICATE KEY LISTING [fsync]
 */
import { once } from 'node:events'
import { closeSync, fstatSync, fsync, openSync, read, readFileSync, readSync, write, writeSync, writev } from 'node:fs'
import {
  type AddressInfo,
  createServer,
  type OnReadOpts,
  type Server,
  Socket,
  type SocketConstructorOpts,
} from 'node:net'
import path from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { promisify } from 'node:util'

const BUFFER_BYTES = 1024 * 1024
/** Below it, files are read and written synchronously: a trip to the thread pool for each call takes three times as long. */
const SMALL_BYTES = 64 * 1024

const [port, root = '', certificate = '', key = '', listingFile = '', durable] = process.argv.slice(2)
const secureContext = createSecureContext({ cert: readFileSync(certificate), key: readFileSync(key) })
const callsFsync = durable === 'fsync'
const listing = readFileSync(listingFile)

class FloorSession {
  #control: Socket
  #listener: Server | undefined
  #data: Promise<Socket> | undefined
  #isProtected = false
  #text = ''

  constructor(control: Socket) {
    this.#control = control
    this.#follow(control)
    this.#reply('220 floor')
  }

  #follow(control: Socket): void {
    control.setNoDelay(true).setEncoding('latin1')
    control.on('error', () => {})
    control.on('close', () => this.#listener?.close())
    control.on('data', (text: string) => {
      const lines = `${this.#text}${text}`.split('\r\n')
      this.#text = lines.pop() ?? ''
      for (const line of lines) void this.#run(line).catch(() => this.#reply('451 failed'))
    })
  }

  #reply(line: string): void {
    this.#control.write(`${line}\r\n`)
  }

  async #run(line: string): Promise<void> {
    const [verb = '', ...words] = line.split(' ')
    const name = path.join(root, words.join(' '))
    switch (verb) {
      case 'USER':
        return this.#reply('331 password')
      case 'PASS':
        return this.#reply('230 logged in')
      case 'PWD':
        return this.#reply('257 "/"')
      case 'QUIT':
        this.#control.end('221 bye\r\n')
        return
      case 'AUTH':
        return this.#startTls()
      case 'PROT':
        this.#isProtected = words[0] === 'P'
        return this.#reply('200 ok')
      case 'EPSV':
        return this.#reply(`229 ok (|||${await this.#listen()}|)`)
      case 'PASV': {
        const port = await this.#listen()
        return this.#reply(`227 ok (127,0,0,1,${port >> 8},${port & 255})`)
      }
      case 'RETR':
        return this.#transfer(data => sendFile(name, data))
      case 'STOR':
        return this.#transfer(data => receiveFile(name, data))
      case 'LIST':
      case 'MLSD':
        return this.#transfer(data => end(data, listing))
      default:
        return this.#reply(['TYPE', 'PBSZ', 'CWD'].includes(verb) ? '200 ok' : '500 unknown')
    }
  }

  #startTls(): void {
    this.#reply('234 begin')
    this.#control.removeAllListeners('data')
    this.#control = new TLSSocket(this.#control, { isServer: true, secureContext })
    this.#follow(this.#control)
  }

  async #listen(): Promise<number> {
    this.#listener ??= await listen()
    const listener = this.#listener
    this.#data = new Promise(resolve => listener.once('connection', resolve))
    return (listener.address() as AddressInfo).port
  }

  async #transfer(run: (data: Socket) => Promise<void>): Promise<void> {
    if (!this.#data) throw new Error('no EPSV')
    const socket = await this.#data
    socket.setNoDelay(true).on('error', () => {})
    this.#reply('150 ok')
    await run(this.#isProtected ? new TLSSocket(socket, { isServer: true, secureContext }) : socket)
    this.#reply('226 done')
  }
}

function listen(): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, noDelay: true })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const send = (socket: Socket, bytes: Uint8Array) =>
  new Promise<void>((resolve, reject) => socket.write(bytes, error => (error ? reject(error) : resolve())))

const end = (socket: Socket, bytes?: Uint8Array) =>
  new Promise<void>(resolve => (bytes ? socket.end(bytes, resolve) : socket.end(resolve)))

type Buffers = readonly [Buffer, Buffer]

const unused: Buffers[] = []
const takeBuffers = (): Buffers => unused.pop() ?? [Buffer.allocUnsafe(BUFFER_BYTES), Buffer.allocUnsafe(BUFFER_BYTES)]

async function sendFile(name: string, socket: Socket): Promise<void> {
  const fd = openSync(name, 'r')
  try {
    const { size } = fstatSync(fd)
    if (size > SMALL_BYTES) return await sendParts(fd, socket)
    const bytes = Buffer.allocUnsafe(size)
    await end(socket, bytes.subarray(0, readSync(fd, bytes)))
  } finally {
    closeSync(fd)
  }
}

/** Reads the next part while the socket sends the previous one. */
async function sendParts(fd: number, socket: Socket): Promise<void> {
  const buffers = takeBuffers()
  let part = await readPart(fd, buffers[0], 0)
  for (let offset = part.length, turn = 1; part.length > 0; turn = 1 - turn) {
    const [next] = await Promise.all([readPart(fd, buffers[turn] ?? buffers[0], offset), send(socket, part)])
    offset += next.length
    part = next
  }
  await end(socket)
  unused.push(buffers)
}

async function readPart(fd: number, buffer: Buffer, offset: number): Promise<Buffer> {
  const { bytesRead } = await promisify(read)(fd, buffer, 0, buffer.length, offset)
  return buffer.subarray(0, bytesRead)
}

async function receiveFile(name: string, socket: Socket): Promise<void> {
  const fd = openSync(name, 'w')
  const buffers = takeBuffers()
  try {
    await (socket instanceof TLSSocket ? receiveChunks(socket, fd) : receiveIntoBuffers(socket, fd, buffers))
    if (callsFsync) await promisify(fsync)(fd)
  } finally {
    unused.push(buffers)
    closeSync(fd)
  }
}

/** The kernel fills one buffer while the other is written. */
async function receiveIntoBuffers(socket: Socket, fd: number, buffers: Buffers): Promise<void> {
  let [turn, filled, writes] = [0, 0, 0]
  let written: Promise<unknown> = Promise.resolve()
  const current = () => buffers[turn % 2] ?? buffers[0]
  const writePart = () => {
    const part = current().subarray(0, filled)
    writes += 1
    written = written
      .then(() => promisify(write)(fd, part))
      .then(() => {
        writes -= 1
      })
    turn += 1
    filled = 0
  }
  const receiver = withUserBuffer(socket, {
    buffer: () => current().subarray(filled),
    callback: length => {
      filled += length
      if (filled < BUFFER_BYTES) return true
      const previous = written
      writePart()
      if (writes < buffers.length) return true
      void previous.then(() => receiver.resume())
      return false
    },
  })
  receiver.resume()
  await once(receiver, 'end')
  await written
  if (filled <= SMALL_BYTES) writeSync(fd, current().subarray(0, filled))
  else writePart()
  await written
  receiver.end()
}

/** Moves an accepted connection to a socket that reads into given buffers, which node:net offers to clients only. */
function withUserBuffer(socket: Socket, onread: OnReadOpts): Socket {
  const { _handle: handle } = socket as Socket & { _handle?: unknown }
  const options: SocketConstructorOpts & { handle: unknown; onread: OnReadOpts } = { handle, onread }
  return new Socket(options)
}

async function receiveChunks(socket: Socket, fd: number): Promise<void> {
  let parts: Buffer[] = []
  let length = 0
  let written: Promise<unknown> = Promise.resolve()
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    parts.push(bytes)
    length += bytes.length
    if (length < BUFFER_BYTES) continue
    await written
    written = promisify(writev)(fd, parts)
    parts = []
    length = 0
  }
  await written
  if (parts.length > 0) await promisify(writev)(fd, parts)
}

createServer({ noDelay: true }, control => new FloorSession(control)).listen(Number(port), '127.0.0.1')
