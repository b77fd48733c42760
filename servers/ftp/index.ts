/**
 * ftp: files over two connections. A client logs in and sends commands on the control connection. Every listing and every file
 * uses its own data connection: the client opens it to a port of the server (PASV, EPSV), or the server to a port of the client
 * (PORT, EPRT). Implements RFC 959, 1123 (4.1), 1635, 2228, 2389, 2428, 2577, 2640, 3659, 4217 (TLS) and 7151. Serves the same
 * files as HTTP.
 *
 * A command takes this path: `server.ts` (starts a session) → `session/control-connection.ts` (reads a line) →
 * `session/session.ts` (queues it) → `session/run-command.ts` (finds the command, checks the login) → `commands/` (runs it) →
 * for a transfer, `data-connection/` (opens it), `transfer/` (moves the bytes) and `files/` (disk).
 */
import { defineServer } from '../../shared/define-server.ts'
import { ftpOptions } from './options.ts'

/**
 * Serves the file tree of its context. `listen` rejects with a `BindError` if the port is taken, and with a `UsageError` if the
 * range of passive ports is malformed.
 */
export const ftp = defineServer({
  name: 'ftp',
  summary: 'lists, sends and receives the files that HTTP serves',
  options: ftpOptions,
  uses: ['accounts'],
  load: async () => (await import('./server.ts')).FtpServer,
})

export { type FtpOptions, ftpOptions } from './options.ts'
