/** Binds one port number on several addresses, and for UDP and TCP: clients expect both on the same port. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { BindError, errorCode } from '../../../shared/errors.ts'
import type { BindOptions } from '../../../shared/net/listen.ts'

/** Attempts to find a number for port 0 that is free on every address. */
const MAX_ATTEMPTS = 20

/** A bound port. */
export interface Bound {
  readonly port: number
  /** Stops listening; connections stay open. Resolves when the port is free. */
  close(): void | Promise<void>
}

/** An address to bind. */
interface Host {
  readonly address: string
  /** True if `localhost` implies it: it is skipped if the machine does not have it. */
  readonly optional: boolean
}

/** Parses the option `host`: `127.0.0.1,::1`; `localhost` means both loopback addresses. */
function parseHosts(text: string): Host[] {
  const named = [...new Set(text.split(',').map(host => host.trim()))]
  const hosts = named.flatMap(host => (host === 'localhost' ? ['127.0.0.1', '::1'] : [host]))
  return [...new Set(hosts)].map(address => ({ address, optional: address === '::1' && !named.includes(address) }))
}

/** The error codes for `::1` on a machine without IPv6. */
const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

type BindOne<One extends Bound> = (host: string, port: number) => Promise<One>

/**
 * Binds every address to one port number.
 *
 * @param hosts addresses separated by commas; `localhost` means both loopback addresses
 * @param port a port, or 0 for any port that is free on all of them
 * @throws the error of `bindOne`; nothing stays bound then
 */
export async function bindEach<One extends Bound>(hosts: string, port: number, bindOne: BindOne<One>): Promise<One[]> {
  for (let attempt = 1; ; attempt++) {
    const bound: One[] = []
    try {
      for (const host of parseHosts(hosts)) {
        const one = await bindHost(host, bound[0]?.port ?? port, bindOne)
        if (one) bound.push(one)
      }
      return bound
    } catch (error) {
      await Promise.all(bound.map(one => one.close()))
      if (port !== 0 || codeOf(error) !== 'EADDRINUSE' || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

async function bindHost<One extends Bound>({ address, optional }: Host, port: number, bindOne: BindOne<One>) {
  try {
    return await bindOne(address, port)
  } catch (error) {
    if (optional && NO_SUCH_ADDRESS.has(codeOf(error))) return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return errorCode(error instanceof BindError ? error.cause : error)
}

/**
 * Binds a UDP socket.
 *
 * @throws BindError
 */
export async function bindUdp({ service, host, port, reusePort = false }: BindOptions): Promise<Socket> {
  const type = isIPv6(host) ? 'udp6' : 'udp4'
  // A variable, because the types of Node 20 do not have `reusePort`.
  const options = { type, lookup: returnNumeric, reusePort } as const
  const udp = createSocket(options)
  try {
    // For numeric addresses the socket can be listening before `bind` returns.
    const listening = once(udp, 'listening')
    udp.bind({ address: host, port, exclusive: true })
    await listening
    return udp
  } catch (cause) {
    udp.close()
    throw new BindError(service, host, port, cause as NodeJS.ErrnoException)
  }
}

type Resolved = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

/**
 * Replaces `dns.lookup`, which would delay each response to the next iteration of the event loop. The socket only uses numeric
 * addresses: its own and those of clients.
 */
function returnNumeric(address: string, options: unknown, resolved: Resolved): void {
  resolved(null, address, typeof options === 'number' ? options : 0)
}
