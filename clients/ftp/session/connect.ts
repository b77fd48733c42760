/** Connects to a server and logs in, over TLS if the target requires it (RFC 4217). */
import type { Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTlsOver, createSecureContext } from 'node:tls'
import { type Client, FTPError } from 'basic-ftp'
import { RefusedError } from '../../../shared/errors.ts'
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../../shared/net/connect.ts'
import { connectTls, tlsError, verifyOptions } from '../../../shared/net/connect-tls.ts'
import { ftp } from '../../../shared/protocols/ftp.ts'
import type { ClientOptions, Location } from '../../../shared/service.ts'
import { createClient, readGreeting, setDataTls, upgradeControl } from '../basic-ftp.ts'
import type { ResolvedTarget } from '../target.ts'
import { FAILED, replyText, translateError } from './error.ts'
import { CONTROL_TRACE, SessionSockets } from './sockets.ts'

export interface Connected {
  readonly client: Client
  readonly server: Location
  readonly sockets: SessionSockets
}

/**
 * Connects and logs in.
 *
 * @throws UnreachableError if no server listens there
 * @throws RefusedError with the code and text of a negative reply, or if TLS fails
 */
export async function connectSession(target: ResolvedTarget, options: ClientOptions): Promise<Connected> {
  const { locate = locateDirectly, signal, trace, timeout = DEFAULT_TIMEOUT_MS } = options
  const isImplicit = target.tls === 'implicit'
  const server = await locate({ service: 'ftp', host: target.host, port: target.port, tls: isImplicit, signal })
  const tls = target.tls && (await tlsOptions(target, server, options))
  // Picks the options: to copy all of them would create standard input, a property of the context of a command.
  const { authority } = options
  const socket = await connectControl(server, isImplicit ? target : undefined, { signal, trace, timeout, authority })
  const sockets = new SessionSockets(trace)
  sockets.addControl(socket)
  const abort = () => void sockets.close(new Error('cancelled'))
  signal?.addEventListener('abort', abort, { once: true })
  const client = createClient(socket, timeout, sockets)
  try {
    await awaitGreeting(client, target)
    if (tls) await startTls(client, server, sockets, tls, isImplicit)
    await client.login(target.user, target.password)
    if (tls) await protectData(client)
    return { client, server, sockets }
  } catch (error) {
    client.close()
    await sockets.close()
    signal?.throwIfAborted()
    throw translateError(error)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

async function tlsOptions(
  { host, verification }: ResolvedTarget,
  server: Location,
  { authority }: ClientOptions,
): Promise<ConnectionOptions> {
  const trusted = verification?.ca ?? (await authority?.())
  const options = verifyOptions(server.host, { serverName: host, ...verification, ca: trusted })
  const { ca, ...others } = options
  // Reading the certificates of all authorities takes 50 ms, so it is done once, not for each data connection.
  const secureContext = createSecureContext(ca === undefined ? {} : { ca })
  // Newer versions of Node resume a session only for the host that it was made for.
  return { host: server.host, secureContext, ...others }
}

/** @param implicit the target, for TLS from the first byte */
async function connectControl(
  server: Location,
  implicit: ResolvedTarget | undefined,
  options: ClientOptions,
): Promise<Socket> {
  if (!implicit) return connectTcp(server, CONTROL_TRACE, options)
  const ca = implicit.verification?.ca ?? (await options.authority?.())
  const verification = { serverName: implicit.host, ...implicit.verification, ca }
  try {
    return await connectTls(server, { service: 'ftp', follow: CONTROL_TRACE, verification, protocols: [] }, options)
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'tls') throw error
    const message = `${error.message}. If it offers TLS with AUTH TLS, use ftp:// with --tls`
    throw new RefusedError(error.code, error.text, { message, cause: error })
  }
}

const IMPLICIT_TLS_PORTS: ReadonlySet<number | undefined> = new Set(Object.values(ftp.tls.ports))

/** Waits for the greeting. A server that expects TLS from the first byte sends none in clear. */
async function awaitGreeting(client: Client, { port, tls }: ResolvedTarget): Promise<void> {
  try {
    await readGreeting(client)
  } catch (error) {
    const translated = translateError(error)
    if (tls === 'implicit' || !(translated instanceof RefusedError) || translated.code !== FAILED) throw error
    const cause = IMPLICIT_TLS_PORTS.has(port)
      ? `Port ${port} is for TLS from the first byte:`
      : 'If the server expects TLS from the first byte,'
    const message = `${translated.message.replace(/\.$/, '')}. ${cause} use ftps://`
    throw new RefusedError(translated.code, translated.text, { message, cause: error })
  }
}

async function startTls(
  client: Client,
  server: Location,
  sockets: SessionSockets,
  options: ConnectionOptions,
  isImplicit: boolean,
): Promise<void> {
  if (!isImplicit) {
    await requestTls(client)
    sockets.control?.pause()
    const socket = connectTlsOver({ ...options, socket: client.ftp.socket })
    sockets.add(socket)
    sockets.control?.continueOn(socket)
    await upgradeControl(client, socket).catch((error: unknown) => {
      throw tlsError(server, error)
    })
  }
  setDataTls(client, options)
}

async function requestTls(client: Client): Promise<void> {
  try {
    await client.send('AUTH TLS')
  } catch (error) {
    if (!(error instanceof FTPError)) throw error
    const text = replyText(error.message)
    const message = `the server does not offer TLS: ${error.code} ${text.replace(/\.$/, '')}. Without --tls, the connection is not encrypted`
    throw new RefusedError(error.code, text, { message, cause: error })
  }
}

/** Data connections use TLS from now on. A server that refuses that would get the files in clear. */
async function protectData(client: Client): Promise<void> {
  await client.sendIgnoringError('PBSZ 0')
  await client.send('PROT P')
}
