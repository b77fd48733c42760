/** One transfer, from 150 to 226, or to the code that says why not (RFC 959, section 5.4). */
import type { Socket } from 'node:net'
import { Transform } from 'node:stream'
import { errorCode } from '../../shared/errors.ts'
import { fromWire, toWire } from './ascii.ts'
import { Refusal } from './replies.ts'
import type { Session } from './session.ts'

export interface Transfer {
  /** `in` is an upload. */
  readonly direction: 'in' | 'out'
  /** For STAT: what is moved, and how far it is. */
  describe(): string
  abort(): void
}

/** What is to be moved. */
export interface Plan {
  readonly direction: Transfer['direction']
  /** What 150 says: `hello.txt (21 bytes)`. */
  readonly about: string
  /** Moves the bytes; resolves when all are where they belong. */
  move(socket: Socket, signal: AbortSignal): Promise<void>
}

/** The data connection went away in the middle. */
const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_UNABLE_TO_PIPE',
])

/** Takes the data connection that was set up, moves, and tells the client how it went. */
export async function runTransfer(session: Session, plan: Plan): Promise<void> {
  const { connector } = session
  if (!connector) throw new Refusal(425, 'Say where to first, with PASV, EPSV, PORT or EPRT')
  const controller = new AbortController()
  let socket: Socket | undefined
  session.transfer = {
    direction: plan.direction,
    describe: () => `${plan.about}: ${moved(socket)} bytes moved`,
    abort: () => controller.abort(),
  }
  try {
    session.reply(150, `Data connection for ${plan.about}`)
    socket = await connector.socket(controller.signal)
    await plan.move(socket, controller.signal)
    // What the client sends now is of no interest, but its end of the connection is.
    socket.resume()
    session.reply(226, 'Transfer complete')
  } catch (error) {
    socket?.destroy()
    throw failure(error, controller.signal)
  } finally {
    session.transfer = undefined
  }
}

function moved(socket: Socket | undefined): number {
  return socket ? socket.bytesRead + socket.bytesWritten : 0
}

function failure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new Refusal(426, 'Transfer aborted')
  if (BROKEN.has(errorCode(error) ?? '')) return new Refusal(426, 'The data connection broke; transfer aborted')
  return error
}

/** Whatever became of it, a data connection serves one command: none is left for the next. */
export async function withConnector<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } finally {
    session.connector?.close()
    session.connector = undefined
  }
}

/** What stands between disk and wire: nothing in image type. */
export function toWireStreams(session: Session): Transform[] {
  if (session.type === 'image') return []
  const convert = toWire()
  return [new Transform({ transform: (chunk, _, done) => done(null, convert(chunk)) })]
}

export function fromWireStreams(session: Session): Transform[] {
  if (session.type === 'image') return []
  const { convert, end } = fromWire()
  return [
    new Transform({
      transform: (chunk, _, done) => done(null, convert(chunk)),
      flush: done => done(null, end()),
    }),
  ]
}
