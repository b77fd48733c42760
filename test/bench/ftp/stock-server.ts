/** The npm package ftp-srv as it is, with its own file system. Arguments: PORT ROOT CERTIFICATE KEY */
import { readFileSync } from 'node:fs'
import { FtpSrv } from 'ftp-srv'

const [port, root = '', certificate = '', key = ''] = process.argv.slice(2)
const ignore = () => undefined
const log = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore, child: () => log }
const server = new FtpSrv({
  log,
  url: `ftp://127.0.0.1:${port}`,
  pasv_url: '127.0.0.1',
  tls: { cert: readFileSync(certificate), key: readFileSync(key) },
})
server.on('login', (_login, resolve) => resolve({ root }))
// It stops on SIGTERM itself.
await server.listen()
