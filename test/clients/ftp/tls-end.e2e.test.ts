/** How an upload over TLS ends. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { put } from '../../../clients/ftp/index.ts'
import { connectedPair, listenOnce } from '../../helpers/connected-pair.ts'
import { startTlsServer } from './tls-server.ts'

/** An encrypted alert of TLS 1.3 (RFC 8446, section 5.2): an alert of 2 bytes, its type, and the tag of 16. */
const ENCRYPTED_ALERT = Buffer.from([23, 3, 3, 0, 19])

test('an upload that ends in the turn of the event loop in which its handshake ends sends close_notify', async () => {
  const content = new PassThrough()
  const [signal, signalled] = await connectedPair()
  signalled.resume().once('data', () => content.end())
  const [relayed, behindRelay] = await connectedPair()
  const sent: Buffer[] = []
  const data = await listenOnce()

  /** Does the handshake after the reply 150. The client reads the server's part of it, then the signal, in one turn. */
  const receive = async (control: Socket) => {
    control.write('150 go\r\n')
    const client = await data.accepted
    client.resume().on('data', bytes => {
      sent.push(bytes)
      relayed.write(bytes)
    })
    client.once('end', () => relayed.end())
    relayed.on('data', bytes => {
      client.write(bytes)
      signal.write('end')
    })
    const secure = new TLSSocket(behindRelay, { isServer: true, secureContext: server.secureContext })
    await once(secure.resume(), 'end')
    secure.end()
    client.end()
    control.write('226 done\r\n')
  }
  const server = await startTlsServer({
    USER: '230 welcome',
    EPSV: `229 ready (|||${data.port}|)`,
    STOR: control => void receive(control),
    QUIT: '221 bye',
  })
  const target = { port: server.port, tls: 'explicit', verification: { ca: server.ca } } as const
  expect(await put({ ...target, path: '/empty', from: content })).toMatchObject({ size: 0 })
  expect(Buffer.concat(sent).subarray(-24, -19)).toEqual(ENCRYPTED_ALERT)
})
