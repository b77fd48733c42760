/** Locates the server of a stream client, connects, and explains failures. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { errorText, UnreachableError, unreachableReason } from '../errors.ts'
import { findProtocol } from '../protocols/index.ts'
import type { Ports } from '../protocols/protocol.ts'
import type { ClientOptions, Locate, Location } from '../service.ts'
import type { FollowOptions } from '../trace/follow-options.ts'
import { formatAddress } from './address.ts'

/** Options of a connection. */
export interface ConnectOptions extends ClientOptions {
  /** Receives the socket before it connects, to observe how it does. */
  readonly onSocket?: ((socket: Socket) => void) | undefined
}

/** Default time in milliseconds that a client waits for a server. */
export const DEFAULT_TIMEOUT_MS = 10_000

/**
 * The default `locate` of clients: uses the given host and port, the protocol's standard port if none is given, and the
 * suite's default address on this machine if no host is given.
 */
export const locateDirectly: Locate = async ({ service, host, port, tls = false }) => {
  const ports = portsOf(service, tls)
  return host === undefined
    ? { host: '127.0.0.1', port: port ?? ports.default }
    : { host, port: port ?? ports.standard }
}

function portsOf(service: string, tls: boolean): Ports {
  const protocol = findProtocol(service)
  return (tls ? protocol?.tls?.ports : undefined) ?? protocol?.ports ?? { default: 0, standard: 0 }
}

/**
 * Connects over TCP, traced from the first byte.
 *
 * @throws UnreachableError if no server answers
 */
export async function connectTcp(
  { host, port }: Location,
  follow: Omit<FollowOptions, 'side'>,
  options: ConnectOptions,
): Promise<Socket> {
  const signal = AbortSignal.any([
    AbortSignal.timeout(options.timeout ?? DEFAULT_TIMEOUT_MS),
    ...(options.signal ? [options.signal] : []),
  ])
  const socket = connect({ host, port, noDelay: true, autoSelectFamily: true })
  options.onSocket?.(socket)
  options.trace?.follow(socket, { ...follow, side: 'client' })
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    options.signal?.throwIfAborted()
    throw unreachableError({ host, port }, follow.protocol, error)
  }
}

/** Creates the error for a failed connection attempt; `error` may be of any library. */
export function unreachableError(location: Location, service: string, error: unknown): UnreachableError {
  const timedOut = error instanceof Error && error.name === 'AbortError'
  const why = timedOut ? 'it did not answer in time' : (unreachableReason(error) ?? errorText(error))
  return new UnreachableError(formatAddress(location), why, { service, cause: error })
}
