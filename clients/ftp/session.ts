/** One session: connect, log in, do one thing, say goodbye; with every failure in words a person can use. */
import { type Client, FTPError } from 'basic-ftp'
import { errorText, FourwireError, RefusedError } from '../../shared/errors.ts'
import { DEFAULT_TIMEOUT_MS, locateDirectly, unreachableError } from '../../shared/net/connect.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { createClient, Sockets } from './connection.ts'
import type { ResolvedPlace } from './place.ts'

/**
 * Runs one session.
 *
 * @throws UnreachableError when nobody answers there
 * @throws RefusedError with the server's own code and text
 */
export async function withSession<Result>(
  place: ResolvedPlace,
  options: ClientOptions,
  work: (client: Client, server: Location) => Promise<Result>,
): Promise<Result> {
  const { locate = locateDirectly, signal, timeout = DEFAULT_TIMEOUT_MS } = options
  const server = await locate({ service: 'ftp', host: place.host, port: place.port, signal })
  signal?.throwIfAborted()
  const sockets = new Sockets(options.trace)
  const client = createClient(sockets, timeout)
  const abort = () => void sockets.close(new Error('cancelled'))
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await converse(client, server, place, () => work(client, server))
  } catch (error) {
    signal?.throwIfAborted()
    throw explain(error, server, sockets.connected)
  } finally {
    signal?.removeEventListener('abort', abort)
    client.close()
    await sockets.close()
  }
}

async function converse<Result>(
  client: Client,
  { host, port }: Location,
  { user, password, path }: ResolvedPlace,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.connect(host, port)
  try {
    await client.login(user, password)
    // RFC 2640 says that names are in UTF-8; some servers want to be asked for it.
    if (/[^ -~]/.test(path)) await client.sendIgnoringError('OPTS UTF8 ON')
    return await work()
  } finally {
    await sayGoodbye(client)
  }
}

/** What was to be done is done, or has failed with an error of its own; that the server is gone by now changes nothing. */
async function sayGoodbye(client: Client): Promise<void> {
  if (client.closed) return
  await Promise.allSettled([client.send('QUIT')])
}

function explain(error: unknown, server: Location, connected: boolean): Error {
  if (error instanceof FourwireError) return error
  if (error instanceof FTPError) return new RefusedError(error.code, replyText(error.message), { cause: error })
  if (!connected)
    return unreachableError(server, 'ftp', isTimeout(error) ? new Error('it did not answer in time') : error)
  const why = isTimeout(error) ? 'it did not answer in time' : errorText(error)
  return new RefusedError('failed', why, { message: `the FTP server failed: ${why}`, cause: error })
}

function isTimeout(error: unknown): boolean {
  return /^Timeout /.test(errorText(error))
}

/** A reply's words without its codes, in one line. */
function replyText(message: string): string {
  return message
    .split('\n')
    .map(line => line.replace(/^\d{3}[ -]/, '').trim())
    .join(' ')
}
