/** FTP sessions over TLS for tests. */

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { FtpOptions } from '../../../servers/ftp/index.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { openDataConnection } from './sessions.ts'

export const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const
export type Version = (typeof VERSIONS)[number]

export const GREETING = 'S: 220 Fourwire FTP server ready'
export const LOGIN_WITHOUT_GREETING = `
  C: USER alice
  S: 331 Password for alice
  C: PASS wonderland
  S: 230 alice is logged in
`
export const PROTECT = `
  C: PBSZ 0
  S: 200 PBSZ=0
  C: PROT P
  S: 200 Data connections use TLS
`

/** Starts a suite with FTP and TLS; `read` reads a served file. */
export async function tlsSuite(ftp: Partial<FtpOptions> = {}) {
  const suite = await suiteFor({ services: ['ftp'], tls: true, ftp })
  const read = (name: string) => readFile(path.join(suite.dataFolder, 'www', name))
  return { suite, port: suite.ftp.port, tlsPort: suite.ftp.tlsPort ?? 0, read }
}

/** A control connection over TLS with the newest TLS session that it can resume. */
export interface SecureSession {
  readonly wire: Wire
  readonly session: () => Buffer | undefined
}

/** Connects, and starts TLS with AUTH. */
export async function authTls(port: number, options: ConnectionOptions = {}): Promise<SecureSession> {
  const plain = await Wire.connect(port)
  await plain.play(`${GREETING}\nC: AUTH TLS\nS: 234 Begin the TLS handshake`)
  const wire = await plain.startTls(options)
  let session: Buffer | undefined
  const socket = wire.socket as TLSSocket
  socket.on('session', next => {
    session = next
  })
  return { wire, session: () => session ?? socket.getSession() }
}

/** Options of a client that uses only this version. */
export function only(version: Version): ConnectionOptions {
  return { minVersion: version, maxVersion: version }
}

/** Connects with AUTH TLS, logs in, and protects data connections. */
export async function protectedSession(port: number, version: Version = 'TLSv1.3'): Promise<SecureSession> {
  const secure = await authTls(port, only(version))
  await secure.wire.play(`${LOGIN_WITHOUT_GREETING}\n${PROTECT}`)
  return secure
}

/** Opens a data connection for a command, over TLS. */
export async function openSecureData(wire: Wire, command: string, options: ConnectionOptions = {}): Promise<Wire> {
  const data = await openDataConnection(wire)
  await wire.play(`C: ${command}\nS: 150 *`)
  return data.startTls(options)
}

/** Ends the client's side of a TLS connection with close_notify. */
export async function endWithNotify(data: Wire): Promise<void> {
  data.socket.end()
  await once(data.socket, 'finish')
}
