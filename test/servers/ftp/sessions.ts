/** FTP sessions and data connections for tests. */
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { type SuiteOptions, startSuite } from '../../../shared/launcher/index.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

export const LOGIN = `
  S: 220 Fourwire FTP server ready
  C: USER alice
  S: 331 Password for alice
  C: PASS wonderland
  S: 230 alice is logged in
`

/** The opening of a session with a stored account. */
export function loginAs(name: string, password: string, text = `${name} is logged in`): string {
  return `
    S: 220 Fourwire FTP server ready
    C: USER ${name}
    S: 331 Password for ${name}
    C: PASS ${password}
    S: 230 ${text}
  `
}

export const ANONYMOUS_LOGIN = `
  S: 220 Fourwire FTP server ready
  C: USER anonymous
  S: 331 *
  C: PASS me@example.org
  S: 230 Logged in; this account may only read
`

/** Starts a suite with FTP only. */
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

/** A suite with FTP only, for all tests of a file. */
export interface SharedSuite {
  readonly port: number
  /** The folder of the served files. */
  readonly www: string
}

/** Starts a suite with FTP only before the tests of a file, and closes it after them. */
export function sharedSuite(options: Omit<SuiteOptions<'ftp'>, 'services'> = {}): SharedSuite {
  let shared: SharedSuite & { close(): Promise<void> } = { port: 0, www: '', close: async () => {} }
  beforeAll(async () => {
    const suite = await startSuite({ passwordCost: LOWEST_COST, ...options, services: ['ftp'] })
    shared = { port: suite.ftp.port, www: path.join(suite.dataFolder, 'www'), close: () => suite.close() }
  })
  afterAll(() => shared.close())
  return {
    get port() {
      return shared.port
    },
    get www() {
      return shared.www
    },
  }
}

/** Creates a data folder that is removed after the test, not with its suite. */
export async function createDataFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Connects and plays the opening of a session. */
export async function openSession(port: number, opening = LOGIN, host?: string): Promise<Wire> {
  const wire = await Wire.connect(port, host)
  await wire.play(opening)
  return wire
}

/** Sends a command; returns the first line of its reply. */
export async function sendCommand(wire: Wire, command: string): Promise<string> {
  wire.send(`${command}\r\n`)
  return (await wire.line()) ?? '(closed)'
}

/** Sends EPSV; returns the port in the reply. */
export async function requestPassivePort(wire: Wire): Promise<number> {
  const reply = await sendCommand(wire, 'EPSV')
  return Number(/^229 .*\(\|\|\|(\d+)\|\)$/.exec(reply)?.[1])
}

/** Opens a data connection in passive mode. */
export async function openDataConnection(wire: Wire, host = '127.0.0.1'): Promise<Wire> {
  return Wire.connect(await requestPassivePort(wire), host)
}

/** Sends a command such as RETR or LIST; returns the content of its data connection. */
export async function download(wire: Wire, command: string): Promise<string> {
  const data = await openDataConnection(wire)
  await wire.play(`C: ${command}\nS: 150 *`)
  const content = await data.readToEnd()
  data.socket.end()
  await wire.play('S: 226 *')
  return content
}

/** Sends content with a command such as STOR. */
export async function upload(wire: Wire, command: string, content: string | Uint8Array): Promise<void> {
  const data = await openDataConnection(wire)
  await wire.play(`C: ${command}\nS: 150 *`)
  data.send(content)
  data.socket.end()
  await wire.play('S: 226 *')
}

/** Listens for a data connection in active mode. */
export async function listenForData(): Promise<{ server: Server; port: number; address: string }> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { server, port, address: `127,0,0,1,${port >> 8},${port & 255}` }
}

/** Encodes text in UTF-8, with one character per byte, as `Wire` sends and receives it. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
