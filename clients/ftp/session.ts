/** Runs one session: connects, logs in, runs one operation, and sends QUIT. Translates errors. */
import { type Client, FTPError } from 'basic-ftp'
import { errorText, FourwireError, RefusedError } from '../../shared/errors.ts'
import { DEFAULT_TIMEOUT_MS, locateDirectly, unreachableError } from '../../shared/net/connect.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { createClient, SessionSockets } from './basic-ftp.ts'
import type { ResolvedTarget } from './target.ts'

/**
 * Runs one session.
 *
 * @throws UnreachableError if no server listens there
 * @throws RefusedError with the code and text of a negative reply
 */
export async function withSession<Result>(
  target: ResolvedTarget,
  options: ClientOptions,
  run: (client: Client, server: Location) => Promise<Result>,
): Promise<Result> {
  const { locate = locateDirectly, signal, timeout = DEFAULT_TIMEOUT_MS } = options
  const server = await locate({ service: 'ftp', host: target.host, port: target.port, signal })
  signal?.throwIfAborted()
  const sockets = new SessionSockets(options.trace)
  const client = createClient(sockets, timeout)
  const abort = () => void sockets.close(new Error('cancelled'))
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await runLoggedIn(client, server, target, () => run(client, server))
  } catch (error) {
    signal?.throwIfAborted()
    throw translateError(error, server, sockets.isConnected)
  } finally {
    signal?.removeEventListener('abort', abort)
    client.close()
    await sockets.close()
  }
}

async function runLoggedIn<Result>(
  client: Client,
  { host, port }: Location,
  { user, password, path }: ResolvedTarget,
  run: () => Promise<Result>,
): Promise<Result> {
  await client.connect(host, port)
  try {
    await client.login(user, password)
    // Names are UTF-8 (RFC 2640), but some servers use it only after this command.
    if (/[^ -~]/.test(path)) await client.sendIgnoringError('OPTS UTF8 ON')
    return await run()
  } finally {
    await quit(client)
  }
}

/** Ignores errors: the operation has already succeeded, or failed with an error of its own. */
async function quit(client: Client): Promise<void> {
  if (client.closed) return
  await Promise.allSettled([client.send('QUIT')])
}

function translateError(error: unknown, server: Location, isConnected: boolean): Error {
  if (error instanceof FourwireError) return error
  if (error instanceof FTPError) return new RefusedError(error.code, replyText(error.message), { cause: error })
  const reason = isTimeout(error) ? 'it did not answer in time' : errorText(error)
  if (!isConnected) return unreachableError(server, 'ftp', isTimeout(error) ? new Error(reason) : error)
  return new RefusedError('failed', reason, { message: `the FTP server failed: ${reason}`, cause: error })
}

function isTimeout(error: unknown): boolean {
  return /^Timeout /.test(errorText(error))
}

/** Returns the text of a reply in one line, without codes. */
function replyText(message: string): string {
  return message
    .split('\n')
    .map(line => line.replace(/^\d{3}[ -]/, '').trim())
    .join(' ')
}
