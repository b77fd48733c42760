/** Checks the members of basic-ftp that its adapter relies on; `ftp.e2e.test.ts` checks the behaviour. */
import { Socket } from 'node:net'
import { Client, FTPContext } from 'basic-ftp'
import { expect, test } from 'vitest'
import { createClient } from '../../../clients/ftp/basic-ftp.ts'
import { SessionSockets } from '../../../clients/ftp/session/sockets.ts'
import packageJson from '../../../package.json' with { type: 'json' }

test('basic-ftp is pinned to one version, because the adapter relies on private members', () => {
  expect(packageJson.dependencies['basic-ftp']).toMatch(/^\d+\.\d+\.\d+$/)
})

test.each(['_removeSocketListeners', '_closeControlSocket', '_closeSocket', '_onControlSocketData'])(
  'FTPContext has the method %s',
  name => expect(FTPContext.prototype).toHaveProperty(name, expect.any(Function)),
)

test('the context of a client can be replaced before use, and gets its control connection', () => {
  const control = new Socket()
  const client = createClient(control, 1000, new SessionSockets(undefined))
  expect(client.ftp).not.toBe(new Client().ftp)
  expect(client.ftp.constructor.name).toBe('SessionContext')
  expect(client.ftp.socket).toBe(control)
  expect(client).toHaveProperty('prepareTransfer', expect.any(Function))
  client.close()
})

test('the setter of the control connection drops the options and the session of TLS, so they are set after it', () => {
  const context = new FTPContext(1000)
  context.tlsOptions = { servername: 'x' }
  context.tlsSessionStore = Buffer.from('session')
  context.socket = new Socket()
  expect(context).toMatchObject({ tlsOptions: {}, tlsSessionStore: undefined })
  context.close()
})
