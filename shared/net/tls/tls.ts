/** TLS for every service of a suite: one certificate, from the data folder's own authority or from files. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { createSecureContext } from 'node:tls'
import { ZONE } from '../../dns/suite-zone.ts'
import { errorText, UsageError } from '../../errors.ts'
import { fileProblem } from '../../files/file-problem.ts'

/** The certificate of the services and the authority that clients must trust. */
export interface Tls {
  /**
   * Options to spread into those of any TLS server: `tls.createServer`, `http2.createSecureServer`,
   * `new TLSSocket(socket, { isServer: true, ... })` for STARTTLS.
   */
  readonly serverOptions: {
    /** PEM: the server's certificate, then the intermediate ones. */
    readonly cert: string
    /** PEM. */
    readonly key: string
    /** Older versions are insecure (RFC 8996). */
    readonly minVersion: 'TLSv1.2'
  }
  /** The authority's certificate (PEM) for a client's `ca`; undefined if the user supplied the certificate. */
  readonly ca: string | undefined
  /** The file of `ca`: `DATA/tls/ca.pem`. */
  readonly caFile: string | undefined
}

/** TLS with a certificate that the authority of the data folder has issued. */
export interface IssuedTls extends Tls {
  readonly ca: string
  readonly caFile: string
}

export interface TlsOptions {
  readonly dataFolder: string
  /** The addresses that services listen on; they go into the certificate. */
  readonly hosts?: readonly string[]
  /** Files (PEM) of a certificate and its key to use in place of the authority's. */
  readonly own?: { readonly cert: string; readonly key: string } | undefined
}

/** Names and addresses in every certificate that the authority issues. */
const NAMES = [ZONE, `*.${ZONE}`, 'localhost', '127.0.0.1', '::1']

/**
 * Loads the user's certificate, or issues one with the authority in `DATA/tls`, which is created if it does not exist.
 *
 * @throws UsageError naming the file and its problem
 */
export async function openTls({ dataFolder, hosts = [], own }: TlsOptions): Promise<Tls> {
  if (own) return readUserCertificate(own)
  const { certificateFor } = await import('./authority.ts')
  const names = [...NAMES, ...hosts.flatMap(addressesOf)]
  const { server, ca, caFile } = await certificateFor(dataFolder, names, new Date())
  return { serverOptions: serverOptions(server.certificate, server.key), ca, caFile }
}

function serverOptions(cert: string, key: string): Tls['serverOptions'] {
  return { cert, key, minVersion: 'TLSv1.2' }
}

/** A server bound to the wildcard address is reachable at every address of this machine. */
function addressesOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  return Object.values(networkInterfaces()).flatMap(found => (found ?? []).map(({ address }) => address))
}

async function readUserCertificate(own: { readonly cert: string; readonly key: string }): Promise<Tls> {
  const cert = await readPem('tlsCert', own.cert)
  const key = await readPem('tlsKey', own.key)
  const certificate = parsePem('tlsCert', own.cert, 'a certificate', () => new X509Certificate(cert))
  const privateKey = parsePem('tlsKey', own.key, 'a private key without a passphrase', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new UsageError(`tlsKey: ${own.key} is not the key of the certificate in ${own.cert}`)
  }
  parsePem('tlsCert', own.cert, 'a certificate usable for TLS', () => createSecureContext({ cert, key }))
  return { serverOptions: serverOptions(cert, key), ca: undefined, caFile: undefined }
}

async function readPem(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`${option}: cannot read ${file}: ${fileProblem(cause)}`, { cause })
  }
}

function parsePem<Read>(option: string, file: string, content: string, read: () => Read): Read {
  try {
    return read()
  } catch (cause) {
    throw new UsageError(`${option}: ${file} is not ${content} in PEM format: ${errorText(cause)}`, { cause })
  }
}
