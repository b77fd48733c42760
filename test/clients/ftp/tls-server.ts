/** An FTP server that accepts AUTH TLS, and then sends the replies of a test over TLS. */
import { createInterface } from 'node:readline'
import { createSecureContext, TLSSocket } from 'node:tls'
import { openTls } from '../../../shared/net/tls/tls.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { listen, type Script } from './scripted-server.ts'

/**
 * Starts the server; `received` has the command lines over TLS.
 *
 * @param afterAuth sent in clear behind the reply to AUTH
 */
export async function startTlsServer(replies: Script, afterAuth = '') {
  const { serverOptions, ca } = await openTls({ dataFolder: await emptyFolder() })
  const secureContext = createSecureContext(serverOptions)
  const received: string[] = []
  const port = await listen(socket => {
    socket.write('220 ready\r\n')
    socket.once('data', () => {
      socket.write(`234 go\r\n${afterAuth}`, () => {
        const secure = new TLSSocket(socket, { isServer: true, secureContext })
        secure.on('error', () => {})
        createInterface({ input: secure }).on('line', line => {
          received.push(line)
          const reply = replies[line.split(' ', 1)[0] ?? ''] ?? '200 fine'
          if (typeof reply === 'string') secure.write(`${reply}\r\n`)
          else reply(secure, line)
        })
      })
    })
  })
  return { port, received, ca, secureContext }
}
