/**
 * One port number for all: UDP and TCP are one service, which clients take for granted, and several addresses of a server
 * are told apart by nothing but the address.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket as TcpSocket } from 'node:net'
import { BindError, errorCode } from '../../../shared/errors.ts'
import { type BindOptions, listenTcp } from '../../../shared/net/listen.ts'

/** With port 0 the number that one socket got may be taken for another; one more try gets another number. */
const MAX_TRIES = 20

/** What is bound to one address, and can be let go of. */
export interface Bound {
  readonly address: AddressInfo
  /** Takes nothing new; connections that are there stay. Resolves when the port is free. */
  close(): Promise<void>
}

/** An address to bind. */
interface Host {
  readonly address: string
  /** True where nobody asked for it by name: a machine that does not have it does without. */
  readonly optional: boolean
}

/** The addresses in an option's text: `127.0.0.1,::1`; `localhost` is both of a machine's own. */
function hostsOf(text: string): Host[] {
  const named = [...new Set(text.split(',').map(host => host.trim()))]
  const hosts = named.flatMap(host => (host === 'localhost' ? ['127.0.0.1', '::1'] : [host]))
  return [...new Set(hosts)].map(address => ({ address, optional: address === '::1' && !named.includes(address) }))
}

/** What a machine without IPv6 says of `::1`. */
const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

type BindOne<One extends Bound> = (host: string, port: number) => Promise<One>

/**
 * Binds every address to one port number.
 *
 * @param hosts one address, or several with commas between; `localhost` is both of a machine's own
 * @param port 0 takes any number that is free on all of them
 * @throws what `bindOne` throws; nothing stays bound then
 */
export async function bindEach<One extends Bound>(hosts: string, port: number, bindOne: BindOne<One>): Promise<One[]> {
  for (let tries = 1; ; tries++) {
    const bound: One[] = []
    try {
      for (const host of hostsOf(hosts)) {
        const one = await bindHost(host, bound[0]?.address.port ?? port, bindOne)
        if (one) bound.push(one)
      }
      return bound
    } catch (error) {
      await Promise.all(bound.map(one => one.close()))
      if (port !== 0 || codeOf(error) !== 'EADDRINUSE' || tries === MAX_TRIES) throw error
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

/** UDP and TCP on one address. */
export interface Both extends Bound {
  readonly udp: Socket
}

/**
 * Binds TCP, then UDP to the same address and number.
 *
 * @param accept takes a connection, which stays open when the client ends its side
 * @throws BindError when either cannot be had; nothing stays bound then
 */
export async function bindBoth(bind: BindOptions, accept: (socket: TcpSocket) => void): Promise<Both> {
  const server = createServer({ allowHalfOpen: true }, accept)
  const address = await listenTcp(server, bind)
  // A server stops listening when it is told to; the event would wait for its connections.
  const closeTcp = () => void server.close()
  try {
    const udp = await bindUdp(address)
    const close = () => {
      closeTcp()
      return new Promise<void>(resolve => udp.close(resolve))
    }
    return { udp, address, close }
  } catch (cause) {
    closeTcp()
    throw new BindError(bind.service, bind.host, address.port, cause as NodeJS.ErrnoException)
  }
}

async function bindUdp({ address, port, family }: AddressInfo): Promise<Socket> {
  const udp = createSocket({ type: family === 'IPv6' ? 'udp6' : 'udp4', lookup: numeric })
  try {
    // With addresses that need no resolving, the socket can be listening before `bind` returns.
    const listening = once(udp, 'listening')
    udp.bind({ address, port, exclusive: true })
    await listening
    return udp
  } catch (error) {
    udp.close()
    throw error
  }
}

type Resolved = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

/**
 * All addresses that the socket is given are numeric: the one it is bound to, and those that queries came from. Node would
 * ask its resolver about every one of them, and send the response in the next turn of its loop.
 */
function numeric(address: string, options: unknown, resolved: Resolved): void {
  resolved(null, address, typeof options === 'number' ? options : 0)
}
