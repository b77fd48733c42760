/** The path of a feed: its folder, and whether a suite serves it. Apart from the feed itself, so that a short command loads less. */
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { errorCode, errorText } from '../errors.ts'

/** How long a follower waits for the feed. A local socket responds sooner, unless the suite is gone. */
export const FEED_TIMEOUT_MS = 2000

/** Prefix of the folder of a feed, in the system's folder for temporary files. */
export const FOLDER_PREFIX = 'fourwire-feed-'

/** Removes the feed of a crashed suite. Ignores a path that is not the path of a feed. */
export async function removeFeed(feedPath: string): Promise<void> {
  const folder = path.dirname(feedPath)
  if (path.basename(folder).startsWith(FOLDER_PREFIX)) await rm(folder, { recursive: true, force: true })
}

/**
 * Tests whether a suite serves the feed, without activating its trace. `gone` means that no process listens there; `unknown`
 * that connecting failed for another reason (another user's feed, too many open files).
 */
export async function probeFeed(feedPath: string): Promise<'served' | 'gone' | 'unknown'> {
  try {
    const socket = await connectFeed(feedPath)
    socket.destroy()
    return 'served'
  } catch (error) {
    return GONE_CODES.has(errorCode(error) ?? '') ? 'gone' : 'unknown'
  }
}

/** The errors for a socket file without a listener, and for a missing file. */
const GONE_CODES: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT'])

/** @throws Error if no suite serves it; its cause has the code of the system */
export async function connectFeed(feedPath: string): Promise<Socket> {
  const socket = connect(feedPath)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(FEED_TIMEOUT_MS) })
    return socket
  } catch (cause) {
    socket.destroy()
    throw new Error(`no suite serves ${feedPath}: ${errorText(cause)}`, { cause })
  }
}
