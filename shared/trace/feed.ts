/**
 * The feed: a running suite's trace, for other processes of the same user on the same machine. A client run with
 * `--trace` follows it, so that it can show what the server saw. A local socket carries lines: what a follower sends
 * comes back behind every event told so far. Its first line makes the suite say its clock, and then its events (JSON).
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { errorCode, errorText } from '../errors.ts'
import { type TraceEvent, traceClockOffset } from './event.ts'
import { decodeEvent, encodeEvent } from './sinks/json.ts'
import type { Trace } from './trace.ts'

/** What a follower may leave unread before it is dropped, so that a stuck one cannot fill the suite's memory. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024
/** What a follower may say in one line. */
const MAX_LINE_BYTES = 256
/** What an event may be in one line: its bytes in base64, and its texts. */
const MAX_EVENT_LINE = 64 * 1024
const MAX_FOLLOWERS = 16
/** How long a follower waits for the feed. It is a local socket: what takes longer is gone. */
const FEED_TIMEOUT_MS = 2000

/** What stands before the suite's clock, as `traceClockOffset` gives it. */
const CLOCK = 'clock '

/** A trace that is open to followers at `path`. */
export interface Feed {
  readonly path: string
  close(): Promise<void>
}

/** The folder of a feed begins with this, in the system's folder for temporary files. */
const FOLDER_PREFIX = 'fourwire-feed-'

/** Opens the trace to followers, at a path that only this user can reach. */
export async function openFeed(trace: Trace): Promise<Feed> {
  const folder = await mkdtemp(path.join(os.tmpdir(), FOLDER_PREFIX))
  const feedPath = process.platform === 'win32' ? `\\\\.\\pipe\\${path.basename(folder)}` : path.join(folder, 'feed')
  const followers = new Set<Socket>()
  const server = createServer(follower => {
    followers.add(follower)
    follower.once('close', () => followers.delete(follower))
    serve(follower, trace)
  })
  server.maxConnections = MAX_FOLLOWERS
  server.listen(feedPath)
  await once(server, 'listening')
  return {
    path: feedPath,
    close: async () => {
      for (const follower of followers) follower.destroy()
      await new Promise(resolve => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Removes what a crashed suite left of its feed. A path that is no feed's is left alone. */
export async function removeFeed(feedPath: string): Promise<void> {
  const folder = path.dirname(feedPath)
  if (path.basename(folder).startsWith(FOLDER_PREFIX)) await rm(folder, { recursive: true, force: true })
}

function begin(follower: Socket, trace: Trace): () => void {
  follower.write(`${CLOCK}${traceClockOffset()}\n`)
  return trace.on(event => {
    follower.write(`${encodeEvent(event)}\n`)
    if (follower.writableLength > MAX_UNREAD_BYTES) follower.destroy()
  })
}

function serve(follower: Socket, trace: Trace): void {
  let off: (() => void) | undefined
  onLines(follower, MAX_LINE_BYTES, line => {
    off ??= begin(follower, trace)
    follower.write(`${line}\n`)
  })
  follower.once('close', () => off?.())
}

/** Calls back for every whole line; what goes wrong, and a line that is too long, closes the socket and nothing else. */
function onLines(socket: Socket, maxLength: number, listener: (line: string) => void): void {
  let begun = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${begun}${text}`.split('\n')
    begun = lines.pop() ?? ''
    for (const line of lines) listener(line)
    if (begun.length > maxLength) socket.destroy()
  })
  socket.on('error', () => socket.destroy())
}

/** A feed that is being followed. */
export interface FeedFollower {
  /** Resolves once every event that the suite told before this call has come. Rejects when the feed is gone. */
  sync(): Promise<void>
  close(): void
}

/**
 * Follows the feed at `feedPath`; resolves once the suite tells its events.
 *
 * @throws Error when nobody serves it, as after a crash: the cause has the system's code
 */
export async function followFeed(feedPath: string, listener: (event: TraceEvent) => void): Promise<FeedFollower> {
  const follower = new SocketFollower(await connectFeed(feedPath), listener)
  await follower.sync()
  return follower
}

/**
 * Whether a suite serves that feed: `gone` only where the system says that nobody does, `unknown` where it does not let
 * us ask (another user's, too many open files). Asking costs the suite nothing: its trace stays as it is.
 */
export async function probeFeed(feedPath: string): Promise<'served' | 'gone' | 'unknown'> {
  try {
    const socket = await connectFeed(feedPath)
    socket.destroy()
    return 'served'
  } catch (error) {
    return GONE.has(errorCode(error) ?? '') ? 'gone' : 'unknown'
  }
}

/** A socket file without a listener, and no file at all. */
const GONE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT'])

async function connectFeed(feedPath: string): Promise<Socket> {
  const socket = connect(feedPath)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(FEED_TIMEOUT_MS) })
    return socket
  } catch (cause) {
    socket.destroy()
    throw new Error(`no suite serves ${feedPath}: ${errorText(cause)}`, { cause })
  }
}

class SocketFollower implements FeedFollower {
  readonly #socket: Socket
  /** The lines sent, still to come back. */
  readonly #waiting = new Map<string, () => void>()
  #sent = 0
  /** What the suite's event times lack to be by this process's clock. */
  #skew = 0

  constructor(socket: Socket, listener: (event: TraceEvent) => void) {
    this.#socket = socket
    onLines(socket, MAX_EVENT_LINE, line => this.#hear(line, listener))
  }

  #hear(line: string, listener: (event: TraceEvent) => void): void {
    const arrived = this.#waiting.get(line)
    if (arrived) arrived()
    else if (line.startsWith(CLOCK)) this.#skew = traceClockOffset() - Number(line.slice(CLOCK.length))
    else this.#decode(line, listener)
  }

  #decode(line: string, listener: (event: TraceEvent) => void): void {
    try {
      const event = decodeEvent(line)
      listener({ ...event, time: event.time + this.#skew })
    } catch {
      // Not one of our suites, or one of another version: whoever waits for `sync` learns that it is of no use.
      this.close()
    }
  }

  sync(): Promise<void> {
    this.#sent += 1
    const token = `sync ${this.#sent}`
    return new Promise((resolve, reject) => {
      const gone = () => settle(() => reject(new Error('the suite closed its feed')))
      const timer = setTimeout(() => this.close(), FEED_TIMEOUT_MS)
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#socket.off('close', gone)
        this.#waiting.delete(token)
        act()
      }
      if (this.#socket.destroyed) return gone()
      this.#socket.once('close', gone)
      this.#waiting.set(token, () => settle(resolve))
      this.#socket.write(`${token}\n`)
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}
