/** Sends messages with smtp-source, Postfix's load generator. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** `kept` sends all messages of a session over one connection; `new` makes a connection for each message. */
export type Mode = 'kept' | 'new'

export const SESSIONS = 10
export const MESSAGE_BYTES = 2048
/** The time that one run may take; smtp-source is killed then. */
const MAX_RUN_MS = 120_000

/**
 * Sends messages; resolves with the seconds it took.
 *
 * @throws Error that quotes smtp-source if a reply is not the expected one, or the run takes too long
 */
export async function sendMessages(port: number, mode: Mode, count: number, signal?: AbortSignal): Promise<number> {
  const startedAt = performance.now()
  await promisify(execFile)('smtp-source', smtpSourceArguments(port, mode, count), { timeout: MAX_RUN_MS, signal })
  return (performance.now() - startedAt) / 1000
}

export function smtpSourceArguments(port: number, mode: Mode, count: number): string[] {
  const options = ['-s', String(SESSIONS), '-l', String(MESSAGE_BYTES), '-m', String(count)]
  const envelope = ['-M', 'client.example', '-f', 'alice@fourwire.test', '-t', 'bob@fourwire.test']
  return [...(mode === 'kept' ? ['-d'] : []), ...options, ...envelope, `127.0.0.1:${port}`]
}
