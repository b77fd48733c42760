/**
 * The servers of `stock-faults.system.test.ts`, in a process of their own: Fourwire, or the npm package ftp-srv as it is, once with
 * TLS and once without. Prints their ports as JSON; then answers each line of its input with the number of its timers and of
 * its open files. Arguments: ours|stock FOLDER. The folder has `www`, `cert.pem` and `key.pem`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { FtpSrv } from 'ftp-srv'
import { startSuite } from '../../../shared/launcher/index.ts'
import { freePort } from '../../helpers/free-port.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'

const [which, folder = ''] = process.argv.slice(2)

async function startOurs(tls: boolean): Promise<number> {
  const suite = await startSuite({ services: ['ftp'], data: folder, passwordCost: LOWEST_COST, tls, ftp: { port: 0 } })
  return suite.ftp.port
}

const ignore = () => undefined
const log = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore, child: () => log }

async function startStock(tls: boolean): Promise<number> {
  const port = await freePort()
  const [cert, key] = [readFileSync(path.join(folder, 'cert.pem')), readFileSync(path.join(folder, 'key.pem'))]
  const address = { url: `ftp://127.0.0.1:${port}`, pasv_url: '127.0.0.1' }
  const server = new FtpSrv({ log, ...address, ...(tls && { tls: { cert, key } }) })
  server.on('login', (_login, resolve) => resolve({ root: path.join(folder, 'www') }))
  await server.listen()
  return port
}

const start = which === 'ours' ? startOurs : startStock
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
// ftp-srv rejects promises that nothing awaits.
if (which === 'stock') process.on('unhandledRejection', ignore)
print({ port: await start(true), portWithoutTls: await start(false) })
createInterface({ input: process.stdin }).on('line', () => {
  const timers = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  print({ timers, files: readdirSync('/proc/self/fd').length })
})
