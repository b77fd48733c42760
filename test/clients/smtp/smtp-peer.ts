/** The npm class SMTPServer as the peer of the client: with STARTTLS, implicit TLS, AUTH and DSN. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerEnvelope, type SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'
import { openTls } from '../../../shared/net/tls/tls.ts'
import { emptyFolder } from '../../helpers/cli.ts'

export interface ReceivedMail {
  readonly envelope: SMTPServerEnvelope
  readonly content: Buffer
  /** True if it was received over TLS. */
  readonly secure: boolean
  /** The user that logged in. */
  readonly user: string | undefined
}

/** A running server. */
export interface SmtpPeer {
  readonly port: number
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** The authority that signed its certificate, PEM. */
  readonly ca: string
  readonly caFile: string
  readonly received: readonly ReceivedMail[]
  /** Waits for open connections, and closes. */
  close(): Promise<void>
}

export interface PeerSettings {
  readonly host?: string
  /** Receives the errors of connections. A client that refuses the certificate causes one. */
  readonly onError?: (error: Error) => void
}

/** Starts a server that accepts the user `ann` with the password `secret`, and closes it after the test. */
export async function startPeer(
  options: SMTPServerOptions = {},
  { host = '127.0.0.1', onError = () => {} }: PeerSettings = {},
): Promise<SmtpPeer> {
  const tls = await openTls({ dataFolder: await emptyFolder(), hosts: [host] })
  const received: ReceivedMail[] = []
  const server = new SMTPServer({
    ...tls.serverOptions,
    authOptional: true,
    hideDSN: false,
    disableReverseLookup: true,
    logger: false,
    onAuth: ({ username, password }, _session, callback) =>
      password === 'secret' ? callback(null, { user: username }) : callback(new Error('Wrong password')),
    onData: (stream, { envelope, secure, user }, callback) => {
      buffer(stream).then(content => {
        received.push({ envelope, content, secure, user: user as string | undefined })
        callback(null, 'Kept')
      }, callback)
    },
    ...options,
  })
  server.on('error', onError)
  const { server: listener } = server
  server.listen(0, host)
  await once(listener, 'listening')
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
    })
  onTestFinished(close)
  const { port } = listener.address() as AddressInfo
  return { port, address: `${host}:${port}`, ca: tls.ca ?? '', caFile: tls.caFile ?? '', received, close }
}
