/** FTP sessions for tests: logged in, with data connections of their own, byte for byte. */
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { SuiteOptions } from '../../../shared/launcher/index.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

export const WRITER = `
  S: 220 Fourwire FTP server ready
  C: USER demo
  S: 331 Password for demo
  C: PASS demo
  S: 230 demo is logged in
`

export const READER = `
  S: 220 Fourwire FTP server ready
  C: USER anonymous
  S: 331 *
  C: PASS me@example.org
  S: 230 Logged in, to read
`

/** A suite with FTP alone, and what a test wants to know of its files. */
export async function ftpSuite(options: Omit<SuiteOptions<'ftp'>, 'services'> = {}) {
  const suite = await suiteFor({ ...options, services: ['ftp'] })
  const www = path.join(suite.dataFolder, 'www')
  return {
    suite,
    www,
    port: suite.ftp.port,
    read: (name: string) => readFile(path.join(www, name), 'latin1'),
    names: (folder = '.') => readdir(path.join(www, folder)),
  }
}

/** A data folder that outlives its suite. */
export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A session that has come as far as these lines. */
export async function session(port: number, opening = WRITER, host?: string): Promise<Wire> {
  const wire = await Wire.connect(port, host)
  await wire.play(opening)
  return wire
}

/** Sends a command; returns the first line of its answer. */
export async function ask(wire: Wire, command: string): Promise<string> {
  wire.send(`${command}\r\n`)
  return (await wire.line()) ?? '(closed)'
}

/** Asks for a passive port. */
export async function passivePort(wire: Wire): Promise<number> {
  const answer = await ask(wire, 'EPSV')
  return Number(/^229 .*\(\|\|\|(\d+)\|\)$/.exec(answer)?.[1])
}

/** A data connection that has been made. */
export async function passive(wire: Wire, host = '127.0.0.1'): Promise<Wire> {
  return Wire.connect(await passivePort(wire), host)
}

/** Fetches what a command brings over a data connection. */
export async function fetch(wire: Wire, command: string): Promise<string> {
  const data = await passive(wire)
  await wire.play(`C: ${command}\nS: 150 *`)
  const content = await data.readToEnd()
  data.socket.end()
  await wire.play('S: 226 *')
  return content
}

/** Sends content with a command like STOR. */
export async function store(wire: Wire, command: string, content: string | Uint8Array): Promise<void> {
  const data = await passive(wire)
  await wire.play(`C: ${command}\nS: 150 *`)
  data.send(content)
  data.socket.end()
  await wire.play('S: 226 *')
}

/** A port where a test listens, as a client in active mode does. */
export async function listening(): Promise<{ server: Server; port: number; address: string }> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { server, port, address: `127,0,0,1,${port >> 8},${port & 255}` }
}

/** Text as the bytes of its UTF-8, one character each, as `Wire` sends and shows them. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
