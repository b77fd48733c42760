/** A client that sends frames of HTTP/2 and reads those of the server, for tests that violate the protocol. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { frame, PREFACE, TYPE } from './frames.ts'

const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
]

/** A client that sends frames and collects the server's as text: `GOAWAY PROTOCOL_ERROR`. */
export class FrameClient {
  readonly socket: Socket
  readonly frames: string[] = []
  #input = Buffer.alloc(0)
  #wake = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', bytes => this.#read(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => this.#add('closed'))
  }

  static async connect(port: number): Promise<FrameClient> {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    return new FrameClient(socket)
  }

  /** Sends the preface, empty settings, and the frames. */
  start(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat([PREFACE, frame(TYPE.SETTINGS, 0, 0), ...frames]))
  }

  /** Waits for a frame. */
  async until(expected: string | RegExp): Promise<void> {
    const isExpected = (text: string) => (typeof expected === 'string' ? text === expected : expected.test(text))
    while (!this.frames.some(isExpected)) {
      if (this.frames.includes('closed')) throw new Error(`no ${expected}, but: ${this.frames.join(', ')}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  #read(bytes: Buffer): void {
    this.#input = Buffer.concat([this.#input, bytes])
    while (this.#input.length >= 9 && this.#input.length >= 9 + this.#input.readUIntBE(0, 3)) {
      const length = this.#input.readUIntBE(0, 3)
      const payload = this.#input.subarray(9, 9 + length)
      this.#add(describe(this.#input.readUInt8(3), this.#input.readUInt32BE(5), payload))
      this.#input = this.#input.subarray(9 + length)
    }
  }

  #add(text: string): void {
    this.frames.push(text)
    this.#wake()
  }
}

function describe(type: number, stream: number, payload: Buffer): string {
  const name = Object.entries(TYPE).find(([, value]) => value === type)?.[0] ?? String(type)
  if (type === TYPE.GOAWAY) return `${name} ${ERRORS[payload.readUInt32BE(4)]}`
  if (type === TYPE.RST_STREAM) return `${name} ${stream} ${ERRORS[payload.readUInt32BE(0)]}`
  return `${name} ${stream}`
}
