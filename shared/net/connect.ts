/** What every stream client does before its protocol: find the other end, connect, and say clearly why it could not. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { errorText, UnreachableError, unreachableReason } from '../errors.ts'
import { findProtocol } from '../protocols/index.ts'
import type { Ports } from '../protocols/protocol.ts'
import type { ClientOptions, Locate, Location } from '../service.ts'
import type { FollowOptions } from '../trace/conversation.ts'
import { formatAddress } from './address.ts'

/** Milliseconds a client waits for the other end when nothing else was said. */
export const DEFAULT_TIMEOUT_MS = 10_000

/**
 * Where a client goes without a `locate`: to the host and port named; without a port to the protocol's standard one,
 * and without a host to where a suite on this machine is by default.
 */
export const locateDirectly: Locate = async ({ service, host, port, tls = false }) => {
  const { own, standard } = portsOf(service, tls)
  return host === undefined ? { host: '127.0.0.1', port: port ?? own } : { host, port: port ?? standard }
}

function portsOf(service: string, tls: boolean): Ports {
  const protocol = findProtocol(service)
  return (tls ? protocol?.tls?.ports : undefined) ?? protocol?.ports ?? { own: 0, standard: 0 }
}

/**
 * Connects over TCP, traced from the first byte.
 *
 * @throws UnreachableError when nobody answers there
 */
export async function connectTcp(
  { host, port }: Location,
  follow: Omit<FollowOptions, 'side'>,
  options: ClientOptions,
): Promise<Socket> {
  const signal = AbortSignal.any([
    AbortSignal.timeout(options.timeout ?? DEFAULT_TIMEOUT_MS),
    ...(options.signal ? [options.signal] : []),
  ])
  const socket = connect({ host, port, noDelay: true, autoSelectFamily: true })
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

/** The error for a connection that could not be made, whatever library tried to make it. */
export function unreachableError(location: Location, service: string, error: unknown): UnreachableError {
  const timedOut = error instanceof Error && error.name === 'AbortError'
  const why = timedOut ? 'it did not answer in time' : (unreachableReason(error) ?? errorText(error))
  return new UnreachableError(formatAddress(location), why, { service, cause: error })
}
