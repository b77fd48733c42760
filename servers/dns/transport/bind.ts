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
  const udp = createSocket(family === 'IPv6' ? 'udp6' : 'udp4')
  try {
    udp.bind({ address, port, exclusive: true })
    await once(udp, 'listening')
    return udp
  } catch (error) {
    udp.close()
    throw error
  }
}
