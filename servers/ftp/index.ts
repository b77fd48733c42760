/**
 * ftp: files over two connections. A client logs in and gives commands on the control connection; every listing and
 * every file goes over a data connection of its own, which the client opens to a port the server names (PASV, EPSV) or
 * the server to one the client names (PORT, EPRT). Keeps RFC 959, 1123 (4.1), 1635, 2389, 2428, 2577, 2640, and of 3659
 * all but TVFS; no TLS yet. The files are those that HTTP serves.
 */
import { defineServer } from '../../shared/define-server.ts'
import { ftpOptions } from './options.ts'

/**
 * An FTP server on the context's file tree. Its `listen` rejects with a `BindError` where the port is taken, and with a
 * `UsageError` for a range of passive ports that is none, or where others than this machine could use the demonstration
 * account.
 */
export const ftp = defineServer({
  name: 'ftp',
  summary: 'the files that HTTP serves, to list, fetch and change, over FTP',
  options: ftpOptions,
  load: async () => (await import('./server.ts')).FtpServer,
})

export { type FtpOptions, ftpOptions } from './options.ts'
