/** Checks the members of basic-ftp that its adapter relies on; `ftp.e2e.test.ts` checks the behaviour. */
import { Client, FTPContext } from 'basic-ftp'
import { expect, test } from 'vitest'
import { createClient, SessionSockets } from '../../../clients/ftp/basic-ftp.ts'
import packageJson from '../../../package.json' with { type: 'json' }

test('basic-ftp is pinned to one version, because the adapter relies on private members', () => {
  expect(packageJson.dependencies['basic-ftp']).toMatch(/^\d+\.\d+\.\d+$/)
})

test.each(['_newSocket', '_removeSocketListeners', '_closeControlSocket', '_closeSocket'])(
  'FTPContext has the method %s',
  name => expect(FTPContext.prototype).toHaveProperty(name, expect.any(Function)),
)

test('a client creates its sockets with _newSocket: one that is never connected, then one per connection', () => {
  class CountingContext extends FTPContext {
    static count = 0
    override _newSocket() {
      CountingContext.count++
      return super._newSocket()
    }
  }
  const context = new CountingContext(1000)
  expect(CountingContext.count).toBe(1)
  context.close()
})

test('the context of a client can be replaced before use', () => {
  const client = createClient(new SessionSockets(undefined), 1000)
  expect(client.ftp).not.toBe(new Client().ftp)
  expect(client.ftp.constructor.name).toBe('TracedContext')
  expect(client).toHaveProperty('prepareTransfer', expect.any(Function))
  client.close()
})
