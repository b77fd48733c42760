import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { SessionTls } from '../../../../servers/ftp/session/session-tls.ts'
import { openTls } from '../../../../shared/net/tls/tls.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { connectedPair } from '../../../helpers/connected-pair.ts'
import { only, VERSIONS } from '../tls-sessions.ts'

/** How an encrypted alert begins, and its length. */
const ALERTS = {
  'TLSv1.2': { head: [21, 3, 3, 0, 26], length: 31 },
  'TLSv1.3': { head: [23, 3, 3, 0, 19], length: 24 },
}

/** Passes bytes on both ways; calls back after each part from the client, and returns what the server sends. */
function relay(client: Socket, server: Socket, onClientBytes: () => void): Buffer[] {
  const sent: Buffer[] = []
  client.resume().on('data', bytes => {
    server.write(bytes)
    onClientBytes()
  })
  client.on('end', () => server.end())
  server.on('data', bytes => {
    sent.push(bytes)
    client.write(bytes)
  })
  server.on('end', () => client.end())
  return sent
}

test.each(VERSIONS)(
  'a connection that ends in the turn of the event loop in which its handshake ends sends close_notify (%s)',
  async version => {
    const [clientEnd, relayedClient] = await connectedPair()
    const [relayedServer, serverEnd] = await connectedPair()
    const [signal, signalled] = await connectedPair()
    let secure: TLSSocket | undefined
    signalled.resume().on('data', () => secure?.end())
    // The server reads the client's last part of the handshake, then the signal, in one turn.
    const sent = relay(relayedClient, relayedServer, () => signal.write('end'))
    const client = connect({ socket: clientEnd, rejectUnauthorized: false, ...only(version) }).resume()
    const { serverOptions } = await openTls({ dataFolder: await emptyFolder() })
    secure = await new SessionTls(serverOptions).secure(serverEnd, { timeout: 10_000 })
    signal.write('end')
    await once(client, 'end')
    const { head, length } = ALERTS[version]
    expect([...Buffer.concat(sent).subarray(-length).subarray(0, head.length)]).toEqual(head)
  },
)
