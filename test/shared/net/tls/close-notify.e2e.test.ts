/** A server that ends a TLS connection at once still ends it with close_notify, so that the client knows that it has everything. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { StreamServer, type StreamServerOptions } from '../../../../shared/net/stream-server.ts'
import { openTls } from '../../../../shared/net/tls/tls.ts'
import { hello } from '../../../../shared/protocols/hello.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { createTestContext } from '../../../helpers/context.ts'

type Options = Pick<StreamServerOptions<object>, 'whenFull' | 'handle'>

async function listen(options: Options): Promise<number> {
  const tls = await openTls({ dataFolder: await emptyFolder() })
  const { context } = await createTestContext({ tls, drainTime: 0 })
  const server = new StreamServer(context, { protocol: hello, alpn: ['x'], maxConnections: 0, ...options })
  onTestFinished(() => server.close())
  return (await server.bindTls({ host: '127.0.0.1', port: 0 })).port
}

/** Returns the port of a relay to the server, and what the server sends. */
async function relayTo(port: number): Promise<{ port: number; sent: Buffer[] }> {
  const sent: Buffer[] = []
  const relay = createServer(client => {
    const server = connect(port, '127.0.0.1')
    onTestFinished(() => void server.destroy())
    // One side can close while bytes of the other one still arrive.
    for (const socket of [client, server]) socket.on('error', () => undefined)
    server.on('data', bytes => sent.push(bytes))
    client.pipe(server)
    server.pipe(client)
  })
  relay.listen(0, '127.0.0.1')
  onTestFinished(() => void relay.close())
  await once(relay, 'listening')
  return { port: (relay.address() as AddressInfo).port, sent }
}

/** How an encrypted alert begins, and its length. */
const ALERTS = {
  'TLSv1.2': { head: [21, 3, 3, 0, 26], length: 31 },
  'TLSv1.3': { head: [23, 3, 3, 0, 19], length: 24 },
}

const endAtOnce: Options = {
  whenFull: { action: 'close' },
  handle: ({ socket }) => {
    socket.end('bye')
    return {}
  },
}
const refuseAtOnce: Options = {
  whenFull: { action: 'refuse', refuse: ({ socket }) => void socket.write('bye') },
  handle: () => ({}),
}

test.each([
  ['TLSv1.2', 'ends it', endAtOnce],
  ['TLSv1.2', 'refuses it', refuseAtOnce],
  ['TLSv1.3', 'ends it', endAtOnce],
  ['TLSv1.3', 'refuses it', refuseAtOnce],
] as const)('%s: a server %s', async (version, _, options) => {
  const { port, sent } = await relayTo(await listen(options))
  const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: version })
  onTestFinished(() => void client.destroy())
  let received = ''
  client.on('data', bytes => {
    received += bytes
  })
  await once(client, 'end')
  expect(received).toBe('bye')
  const { head, length } = ALERTS[version]
  expect([...Buffer.concat(sent).subarray(-length).subarray(0, head.length)]).toEqual(head)
})
