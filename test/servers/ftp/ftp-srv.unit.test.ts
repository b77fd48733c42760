/** Checks the members of ftp-srv that its adapter relies on, in the package and in the bundle, which replaces some of its modules. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { FtpSrv } from 'ftp-srv'
import { describe, expect, onTestFinished, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { FtpSrvAdapter } from '../../../servers/ftp/ftp-srv.ts'
import { ROOT } from '../../helpers/pure.ts'

/** Loads the adapter from `dist`. */
async function bundledAdapter(): Promise<typeof FtpSrvAdapter> {
  const chunks = `${ROOT}/dist/chunks`
  const chunk = readdirSync(chunks).find(name => /^ftp-srv-\w+\.js$/.test(name))
  const module: { FtpSrvAdapter: typeof FtpSrvAdapter } = await import(`${chunks}/${chunk}`)
  return module.FtpSrvAdapter
}

/** Returns an accepted socket on loopback. */
async function acceptedSocket(): Promise<Socket> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const client = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  onTestFinished(() => {
    client.destroy()
    socket.destroy()
  })
  return socket
}

/** Connects ftp-srv to a socket, and records its replies. */
async function connectFtpSrv(Adapter: typeof FtpSrvAdapter) {
  const socket = await acceptedSocket()
  const replies: string[] = []
  let currentDirectory = '/'
  const connection = new Adapter().connect(socket, {
    reply: (code, ...lines) => replies.push([code, ...lines].join(' ')),
    files: () => ({
      currentDirectory: () => currentDirectory,
      chdir: async path => {
        currentDirectory = `/${path}`
        return currentDirectory
      },
      mkdir: async path => {
        if (path === 'denied') throw new Error('Permission denied')
        return `/${path}`
      },
    }),
  })
  return { socket, connection, replies }
}

test('ftp-srv is pinned to one version, because the adapter relies on private members', () => {
  expect(packageJson.devDependencies['ftp-srv']).toMatch(/^\d+\.\d+\.\d+$/)
})

test('ftp-srv has the members that the adapter overrides', () => {
  for (const name of ['setupFeaturesMessage', 'disconnectClient']) {
    expect(FtpSrv.prototype, name).toHaveProperty(name, expect.any(Function))
  }
})

describe.each([
  ['the package', async () => FtpSrvAdapter],
  ['the bundle', bundledAdapter],
])('ftp-srv in %s', (_title, load) => {
  test('greets synchronously with one reply, through the session', async () => {
    const { replies } = await connectFtpSrv(await load())
    expect(replies).toEqual(['220 Fourwire FTP server ready'])
  })

  test('leaves reading and timeouts of the socket to the session, and adds no signal handlers', async () => {
    const before = ['SIGTERM', 'SIGINT', 'SIGQUIT'].map(signal => process.listenerCount(signal))
    const { socket } = await connectFtpSrv(await load())
    expect([socket.listenerCount('data'), socket.listenerCount('timeout')]).toEqual([0, 0])
    expect(['SIGTERM', 'SIGINT', 'SIGQUIT'].map(signal => process.listenerCount(signal))).toEqual(before)
  })

  test.each([
    ['PWD', '', '257 "/"'],
    ['CWD', 'a b', '250 "/a b"'],
    ['CDUP', '', '250 "/.."'],
    ['MKD', 'a"b', '257 "/a""b"'],
    ['MKD', 'denied', '550 Permission denied'],
    ['MODE', 'S', '200'],
    ['MODE', 'B', '504'],
    ['STRU', 'F', '200'],
    ['ALLO', '1', '202'],
    ['NOOP', '', '200'],
    ['SYST', '', '215'],
  ])('runs %s %s', async (verb, argument, expected) => {
    const { connection, replies } = await connectFtpSrv(await load())
    await connection.run(verb, argument)
    expect(replies.slice(1)).toEqual([expected])
  })

  test('a socket error does not leave a timer or an open connection behind', async () => {
    const { socket } = await connectFtpSrv(await load())
    const closed = once(socket, 'close')
    socket.destroy(new Error('reset'))
    await closed.catch(() => undefined)
    expect(socket.destroyed).toBe(true)
  })
})
