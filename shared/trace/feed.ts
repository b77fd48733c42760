/**
 * The feed: the trace of a running suite, for other processes of the same user on the same machine. A client with `--trace`
 * follows it to show what the server saw. A local socket carries lines. The follower's first line starts the feed: the suite
 * sends its clock, then events as JSON. Every line that a follower sends comes back after all events emitted before it.
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

/** Unread bytes after which a follower is dropped, so that a stuck one cannot fill the suite's memory. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024
/** Length of a follower's line. */
const MAX_LINE_BYTES = 256
/** Length of the line of an event, with its bytes in base64. */
const MAX_EVENT_LINE = 64 * 1024
const MAX_FOLLOWERS = 16
/** How long a follower waits for the feed: a local socket that takes longer is gone. */
const FEED_TIMEOUT_MS = 2000

/** Begins the line with the suite's clock, a `traceClockOffset`. */
const CLOCK = 'clock '

/** A trace that followers can connect to at `path`. */
export interface Feed {
  readonly path: string
  close(): Promise<void>
}

/** Prefix of the folder of a feed, in the system's folder for temporary files. */
const FOLDER_PREFIX = 'fourwire-feed-'

/** Serves the trace to followers, at a path that only this user can access. */
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

/** Removes the feed of a crashed suite. A path that is not that of a feed is left alone. */
export async function removeFeed(feedPath: string): Promise<void> {
  const folder = path.dirname(feedPath)
  if (path.basename(folder).startsWith(FOLDER_PREFIX)) await rm(folder, { recursive: true, force: true })
}

function sendEvents(follower: Socket, trace: Trace): () => void {
  follower.write(`${CLOCK}${traceClockOffset()}\n`)
  return trace.on(event => {
    follower.write(`${encodeEvent(event)}\n`)
    if (follower.writableLength > MAX_UNREAD_BYTES) follower.destroy()
  })
}

function serve(follower: Socket, trace: Trace): void {
  let off: (() => void) | undefined
  readLines(follower, MAX_LINE_BYTES, line => {
    off ??= sendEvents(follower, trace)
    follower.write(`${line}\n`)
  })
  follower.once('close', () => off?.())
}

/** Calls `listener` for every whole line. An error, or a line that is too long, closes the socket. */
function readLines(socket: Socket, maxLength: number, listener: (line: string) => void): void {
  let partial = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${partial}${text}`.split('\n')
    partial = lines.pop() ?? ''
    for (const line of lines) listener(line)
    if (partial.length > maxLength) socket.destroy()
  })
  socket.on('error', () => socket.destroy())
}

/** A connection to a feed. */
export interface FeedFollower {
  /** Resolves once every event that the suite emitted before this call has arrived. Rejects if the feed is gone. */
  sync(): Promise<void>
  close(): void
}

/**
 * Follows the feed at `feedPath`; resolves once the suite sends its events.
 *
 * @throws Error if no suite serves it, as after a crash: the cause has the system's code
 */
export async function followFeed(feedPath: string, listener: (event: TraceEvent) => void): Promise<FeedFollower> {
  const follower = new SocketFollower(await connectFeed(feedPath), listener)
  await follower.sync()
  return follower
}

/**
 * Tests whether a suite serves the feed: `gone` only if the system says that no process does, `unknown` if connecting fails
 * otherwise (another user's feed, too many open files). The suite's trace does not become active by it.
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

/** The errors for a socket file without a listener, and for a missing file. */
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
  /** Called when the line comes back. */
  readonly #pendingSyncs = new Map<string, () => void>()
  #sent = 0
  /** Milliseconds to add to the suite's event times to get this process's. */
  #clockDifference = 0

  constructor(socket: Socket, listener: (event: TraceEvent) => void) {
    this.#socket = socket
    readLines(socket, MAX_EVENT_LINE, line => this.#receive(line, listener))
  }

  #receive(line: string, listener: (event: TraceEvent) => void): void {
    const arrived = this.#pendingSyncs.get(line)
    if (arrived) arrived()
    else if (line.startsWith(CLOCK)) this.#clockDifference = traceClockOffset() - Number(line.slice(CLOCK.length))
    else this.#decode(line, listener)
  }

  #decode(line: string, listener: (event: TraceEvent) => void): void {
    try {
      const event = decodeEvent(line)
      listener({ ...event, time: event.time + this.#clockDifference })
    } catch {
      // Not a suite, or one of another version: `sync` rejects.
      this.close()
    }
  }

  sync(): Promise<void> {
    this.#sent += 1
    const token = `sync ${this.#sent}`
    return new Promise((resolve, reject) => {
      const onClose = () => settle(() => reject(new Error('the suite closed its feed')))
      const timer = setTimeout(() => this.close(), FEED_TIMEOUT_MS)
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#socket.off('close', onClose)
        this.#pendingSyncs.delete(token)
        act()
      }
      if (this.#socket.destroyed) return onClose()
      this.#socket.once('close', onClose)
      this.#pendingSyncs.set(token, () => settle(resolve))
      this.#socket.write(`${token}\n`)
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}
