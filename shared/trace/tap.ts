/**
 * The tap: the bytes of a live socket, as its program reads and writes them (so decrypted, where it is a TLS socket).
 * Nothing is attached to a socket until someone listens, and everything is taken off when the last one leaves, so an
 * idle trace costs nothing per byte.
 */
import type { Socket } from 'node:net'

/** What the tap tells. `in` and `out` are as seen from the program that owns the socket. */
export interface TapListener {
  onBytes(way: 'in' | 'out', bytes: Uint8Array): void
}

export interface TapOptions {
  /**
   * True for the sockets of node:http's server, whose parser reads from the handle and never calls `push`: only a
   * 'data' listener makes node hand the bytes over, and the parser then takes them from the stream.
   */
  readonly httpServer?: boolean
}

/** Attaches the listener to the socket's bytes; returns the function that takes it off again. */
export function tap(socket: Socket, listener: TapListener, options: TapOptions = {}): () => void {
  const untapInput = options.httpServer ? tapData(socket, listener) : tapPush(socket, listener)
  const untapOutput = tapOutput(socket, listener)
  return () => {
    untapInput()
    untapOutput()
  }
}

function tapData(socket: Socket, listener: TapListener): () => void {
  const onData = (bytes: Uint8Array) => listener.onBytes('in', bytes)
  socket.prependListener('data', onData)
  return () => socket.removeListener('data', onData)
}

function tapPush(socket: Socket, listener: TapListener): () => void {
  const { push } = socket
  socket.push = (chunk, encoding) => {
    if (chunk !== null && chunk !== undefined) listener.onBytes('in', toBytes(chunk, encoding))
    return push.call(socket, chunk, encoding)
  }
  return () => Reflect.deleteProperty(socket, 'push')
}

function tapOutput(socket: Socket, listener: TapListener): () => void {
  const { write, end } = socket
  // `end(chunk)` calls `write(chunk)` in some versions of Node and not in others; the bytes are told once either way.
  let ending = false
  const tell = (args: readonly unknown[]) => {
    const [chunk, encoding] = args
    if (typeof chunk === 'function' || chunk === undefined || chunk === null || ending) return
    const bytes = toBytes(chunk, encoding)
    if (bytes.length > 0) listener.onBytes('out', bytes)
  }
  socket.write = (...args: unknown[]) => {
    tell(args)
    return Reflect.apply(write, socket, args)
  }
  socket.end = (...args: unknown[]) => {
    tell(args)
    ending = true
    try {
      return Reflect.apply(end, socket, args)
    } finally {
      ending = false
    }
  }
  return () => {
    Reflect.deleteProperty(socket, 'write')
    Reflect.deleteProperty(socket, 'end')
  }
}

function toBytes(chunk: unknown, encoding: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  return Buffer.from(String(chunk), typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
}
