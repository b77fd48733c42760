/**
 * The feed: the trace of a running suite, for other processes of the same user on the same machine. A client with `--trace`
 * follows it to show the server's side. A local socket carries lines. The follower's first line starts the feed: the suite
 * sends its clock, then events as JSON. The suite echoes every line of a follower after all events emitted before it.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type TraceEvent, traceClockOffset } from './event.ts'
import { connectFeed, FEED_TIMEOUT_MS, FOLDER_PREFIX } from './feed-path.ts'
import { BatchedLines } from './sinks/batched-lines.ts'
import { decodeEvent, encodeEvent } from './sinks/json.ts'
import type { Trace } from './trace.ts'

/** Unread bytes after which a follower is disconnected, so that one that does not read cannot fill the suite's memory. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024
/** Maximum length of a follower's line. */
const MAX_FOLLOWER_LINE = 256
/** Maximum length of the line of an event, with its bytes in base64. */
const MAX_EVENT_LINE = 64 * 1024
const MAX_FOLLOWERS = 16
/** The prefix of the line with the suite's `traceClockOffset`. */
const CLOCK_PREFIX = 'clock '

/** A feed that followers can connect to at `path`. */
export interface Feed {
  readonly path: string
  close(): Promise<void>
}

/** Serves the trace to followers, at a path that only this user can access. */
export async function openFeed(trace: Trace): Promise<Feed> {
  const folder = await mkdtemp(path.join(os.tmpdir(), FOLDER_PREFIX))
  const feedPath = process.platform === 'win32' ? `\\\\.\\pipe\\${path.basename(folder)}` : path.join(folder, 'feed')
  const followers = new Set<Socket>()
  const server = createServer(follower => {
    followers.add(follower)
    follower.once('close', () => followers.delete(follower))
    serveFollower(follower, trace)
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

function sendEvents(follower: Socket, lines: BatchedLines, trace: Trace): () => void {
  lines.add(`${CLOCK_PREFIX}${traceClockOffset()}`)
  return trace.on(event => {
    lines.add(encodeEvent(event))
    if (follower.writableLength > MAX_UNREAD_BYTES) follower.destroy()
  })
}

function serveFollower(follower: Socket, trace: Trace): void {
  const lines = new BatchedLines(follower)
  let stopEvents: (() => void) | undefined
  readLines(follower, MAX_FOLLOWER_LINE, line => {
    stopEvents ??= sendEvents(follower, lines, trace)
    lines.add(line)
  })
  follower.once('close', () => stopEvents?.())
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
 * @throws Error if no suite serves it, for example after a crash; its cause has the system's code
 */
export async function followFeed(feedPath: string, listener: (event: TraceEvent) => void): Promise<FeedFollower> {
  const follower = new SocketFollower(await connectFeed(feedPath), listener)
  await follower.sync()
  return follower
}

class SocketFollower implements FeedFollower {
  readonly #socket: Socket
  /** Called when the suite has echoed the line. */
  readonly #pendingSyncs = new Map<string, () => void>()
  #syncCount = 0
  /** Milliseconds between the `traceTime` of the suite and that of this process. */
  #clockDifference = 0

  constructor(socket: Socket, listener: (event: TraceEvent) => void) {
    this.#socket = socket
    readLines(socket, MAX_EVENT_LINE, line => this.#receive(line, listener))
  }

  #receive(line: string, listener: (event: TraceEvent) => void): void {
    const resolveSync = this.#pendingSyncs.get(line)
    if (resolveSync) resolveSync()
    else if (line.startsWith(CLOCK_PREFIX))
      this.#clockDifference = traceClockOffset() - Number(line.slice(CLOCK_PREFIX.length))
    else this.#decode(line, listener)
  }

  #decode(line: string, listener: (event: TraceEvent) => void): void {
    try {
      const event = decodeEvent(line)
      listener({ ...event, time: event.time + this.#clockDifference })
    } catch {
      // The other end is not a suite, or a suite of another version: `sync` rejects.
      this.close()
    }
  }

  sync(): Promise<void> {
    this.#syncCount += 1
    const token = `sync ${this.#syncCount}`
    return new Promise((resolve, reject) => {
      const onClose = () => settle(() => reject(new Error('the suite closed its feed')))
      const timer = setTimeout(() => this.close(), FEED_TIMEOUT_MS)
      const settle = (callback: () => void) => {
        clearTimeout(timer)
        this.#socket.off('close', onClose)
        this.#pendingSyncs.delete(token)
        callback()
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
