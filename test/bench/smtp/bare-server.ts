/**
 * The npm package smtp-server as its users configure it, which discards messages. Without its wait of 100 ms before the
 * greeting, so that the bench compares work and not waiting. Argument: the port.
 */
import type { Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'

class Connection extends SMTPConnection {
  override init(): void {
    this._setListeners(() => this.connectionReady())
  }
}

class Server extends SMTPServer {
  override connect(socket: Socket): void {
    const connection = new Connection(this, socket)
    this.connections.add(connection)
    connection.on('error', error => this.emit('error', error))
    connection.init()
  }
}

const server = new Server({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, done) {
    stream.once('end', () => done())
    stream.resume()
  },
})
server.on('error', () => {})
server.listen(Number(process.argv[2]), '127.0.0.1')
