import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { tableOf, unacknowledgedIn } from '../../../../servers/ftp/data-connection/socket-table.ts'
import { SocketTableReader } from '../../../../servers/ftp/data-connection/socket-table-reader.ts'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:ABB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19702504 1 0 100 0 0 10 0
   1: 0100007F:ABB9 0100007F:1F90 01 0000A3F0:00000001 01:00000014 00000000     0        0 19702505 2 0 20 4 30 10 -1
   2: 7F000001:ABB9 7F000001:1F90 01 00000007:00000000 00:00000000 00000000     0        0 19702506 1 0 20 4 30 10 -1
   3: B80D0120000000000000000001000000:0015 000080FE000000000000000002000000:C000 01 00000010:00000000 00:00000000
`

test.each([
  ['an IPv4 address', '127.0.0.1', 43961, '127.0.0.1', 8080, 'LE', 0xa3f0],
  ['a mapped IPv4 address', '::ffff:127.0.0.1', 43961, '127.0.0.1', 8080, 'LE', 0xa3f0],
  ['a machine with the other order of bytes', '127.0.0.1', 43961, '127.0.0.1', 8080, 'BE', 7],
  ['IPv6 addresses, one with a zone', '2001:db8::1', 21, 'fe80::2%eth0', 49152, 'LE', 16],
  ['a socket that is not there', '127.0.0.1', 43961, '127.0.0.1', 8081, 'LE', undefined],
] as const)('finds the unacknowledged bytes: %s', (_title, localHost, localPort, host, port, order, bytes) => {
  const ends = { local: { host: localHost, port: localPort }, remote: { host, port } }
  expect(unacknowledgedIn(TABLE, ends, order)).toBe(bytes)
})

test.each([
  ['127.0.0.1', 'tcp'],
  ['::ffff:127.0.0.1', 'tcp'],
  ['::1', 'tcp6'],
])('the sockets of %s are in %s', (host, table) => {
  expect(tableOf(host)).toBe(table)
})

test('finds nothing in a line that was cut off', () => {
  const ends = { local: { host: '127.0.0.1', port: 43961 }, remote: { host: '127.0.0.1', port: 8080 } }
  expect(unacknowledgedIn(TABLE.slice(0, TABLE.indexOf('0000A3F0') + 3), ends, 'LE')).toBeUndefined()
})

/** Connects two sockets; nothing reads from the second one. */
async function connectPair(host: string): Promise<Socket> {
  const server = createServer({ pauseOnConnect: true }).listen(0, host)
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const client = connect((server.address() as AddressInfo).port, host)
  await once(client, 'connect')
  const [peer] = (await accepted) as [Socket]
  onTestFinished(() => {
    client.destroy()
    peer.destroy()
  })
  return client
}

test.each(['127.0.0.1', '::1'])('reads the unacknowledged bytes of a socket at %s', async host => {
  const reader = new SocketTableReader(1)
  const socket = await connectPair(host)
  expect(await reader.unacknowledgedBytes(socket)).toBe(0)
  // More than both systems keep: the rest waits in this process.
  socket.write(Buffer.alloc(64 * 1024 * 1024))
  await expect.poll(() => reader.unacknowledgedBytes(socket)).toBeGreaterThan(0)
  socket.destroy()
  expect(await reader.unacknowledgedBytes(socket)).toBe(0)
})

test('there is a pause between two reads, because a read takes long on a machine with many sockets', async () => {
  const reader = new SocketTableReader(200)
  const socket = await connectPair('127.0.0.1')
  await reader.unacknowledgedBytes(socket)
  const start = performance.now()
  await Promise.all([reader.unacknowledgedBytes(socket), reader.unacknowledgedBytes(socket)])
  expect(performance.now() - start).toBeGreaterThan(190)
})
