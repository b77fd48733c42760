/** UDP and TCP on one port number: the two are one service, and clients take it for granted that they go together. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { BindError, errorCode } from '../../../shared/errors.ts'
import { type Bind, closeServer, listenTcp } from '../../../shared/listener.ts'

/** With port 0 the number that TCP got may be taken for UDP; another try gets another number. */
const MAX_TRIES = 20

export interface Bound {
  readonly udp: Socket
  readonly address: AddressInfo
}

/**
 * Binds the TCP server, then a new UDP socket to the same address and number.
 *
 * @throws BindError when either cannot be had; nothing stays bound then
 */
export async function bindBoth(server: Server, bind: Bind): Promise<Bound> {
  for (let tries = 1; ; tries++) {
    const address = await listenTcp(server, bind)
    try {
      return { udp: await bindUdp(address), address }
    } catch (cause) {
      await closeServer(server)
      if (bind.port === 0 && errorCode(cause) === 'EADDRINUSE' && tries < MAX_TRIES) continue
      throw new BindError(bind.service, bind.host, address.port, cause as NodeJS.ErrnoException)
    }
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
