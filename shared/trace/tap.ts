/**
 * The tap: observes the bytes of a live socket as its program reads and writes them, so decrypted on a TLS socket. It changes
 * the socket only while it is attached, so an idle trace costs nothing per byte.
 */
import type { Socket } from 'node:net'

/** Bytes that the program reads from the socket, or writes to it. */
export type Flow = 'in' | 'out'

export interface TapListener {
  onBytes(flow: Flow, bytes: Uint8Array): void
}

/** Attaches the listener to the socket; returns the function that removes it. */
export function tap(socket: Socket, listener: TapListener): () => void {
  const untapInput = tapInput(socket, listener)
  const untapOutput = tapOutput(socket, listener)
  return () => {
    untapInput()
    untapOutput()
  }
}

function tapInput(socket: Socket, listener: TapListener): () => void {
  const { push } = socket
  socket.push = (chunk, encoding) => {
    if (chunk !== null && chunk !== undefined) listener.onBytes('in', toBytes(chunk, encoding))
    return push.call(socket, chunk, encoding)
  }
  return () => Reflect.deleteProperty(socket, 'push')
}

function tapOutput(socket: Socket, listener: TapListener): () => void {
  const { write, end } = socket
  // In some versions of Node `end(chunk)` calls `write(chunk)`; the bytes must be observed once.
  let ending = false
  const observe = (chunk: unknown, encoding: unknown) => {
    if (typeof chunk === 'function' || chunk === undefined || chunk === null || ending) return
    const bytes = toBytes(chunk, encoding)
    if (bytes.length > 0) listener.onBytes('out', bytes)
  }
  socket.write = (...args: unknown[]) => {
    observe(args[0], args[1])
    return Reflect.apply(write, socket, args)
  }
  socket.end = (...args: unknown[]) => {
    observe(args[0], args[1])
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
