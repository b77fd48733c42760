/** Checks the members of smtp-server that its adapter relies on. */
import { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }

test('smtp-server is pinned to one version, because the adapter relies on private members', () => {
  expect(packageJson.devDependencies['smtp-server']).toMatch(/^\d+\.\d+\.\d+$/)
})

test('smtp-server has the members that the adapter overrides and calls', () => {
  const members = {
    server: ['updateSecureContext'],
    connection: ['init', '_setListeners', 'connectionReady', 'send', '_onCommand', '_whenWritable', '_resetSession'],
    handlers: ['handler_HELP', 'close'],
  }
  for (const name of members.server) expect(SMTPServer.prototype).toHaveProperty(name, expect.any(Function))
  for (const name of [...members.connection, ...members.handlers]) {
    expect(SMTPConnection.prototype).toHaveProperty(name, expect.any(Function))
  }
})

test('the constructor calls updateSecureContext, so an override prevents loading the built-in key', () => {
  let calls = 0
  class Server extends SMTPServer {
    override updateSecureContext(): void {
      calls += 1
    }
  }
  const server = new Server({ hideSTARTTLS: true })
  expect(calls).toBe(1)
  expect(server.connections).toEqual(new Set())
})
