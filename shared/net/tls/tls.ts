/** TLS for every service of a suite: one certificate, from the data folder's own authority or from files. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { createSecureContext } from 'node:tls'
import { ZONE } from '../../dns/suite-zone.ts'
import { errorCode, errorText, UsageError } from '../../errors.ts'

/** What the services show and what clients have to trust. Undefined in the context of a suite without TLS. */
export interface Tls {
  /**
   * What a TLS server of any kind takes as its options, to be spread into them: `tls.createServer`,
   * `http2.createSecureServer`, `new TLSSocket(socket, { isServer: true, ... })` for STARTTLS.
   */
  readonly serverOptions: {
    /** PEM; the server's own certificate first, then those between it and what clients trust. */
    readonly cert: string
    /** PEM. */
    readonly key: string
    /** Older versions are broken (RFC 8996). */
    readonly minVersion: 'TLSv1.2'
  }
  /** The authority's certificate, PEM, for a client's `ca`; undefined where the certificate is one of the user's own. */
  readonly ca: string | undefined
  /** The file that it is in: `DATA/tls/ca.pem`. */
  readonly caFile: string | undefined
}

export interface TlsOptions {
  readonly dataFolder: string
  /** The addresses that services listen on; they go into the certificate. */
  readonly hosts?: readonly string[]
  /** Files (PEM) of a certificate and its key to use in place of the authority's. */
  readonly own?: { readonly cert: string; readonly key: string } | undefined
}

/** What is in every certificate of ours. */
const NAMES = [ZONE, `*.${ZONE}`, 'localhost', '127.0.0.1', '::1']

/**
 * Gets the certificate ready: the one named, or one of the authority in `DATA/tls`, which is made where there is none.
 *
 * @throws UsageError naming the file and what is wrong with it
 */
export async function openTls({ dataFolder, hosts = [], own }: TlsOptions): Promise<Tls> {
  if (own) return readOwn(own)
  const { certificateFor } = await import('./authority.ts')
  const names = [...NAMES, ...hosts.flatMap(addressesOf)]
  const { server, ca, caFile } = await certificateFor(dataFolder, names, new Date())
  return { serverOptions: serverOptions(server.certificate, server.key), ca, caFile }
}

function serverOptions(cert: string, key: string): Tls['serverOptions'] {
  return { cert, key, minVersion: 'TLSv1.2' }
}

/** Bound to all addresses, a server is reached at each of the machine's. */
function addressesOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  return Object.values(networkInterfaces()).flatMap(found => (found ?? []).map(({ address }) => address))
}

async function readOwn(own: { readonly cert: string; readonly key: string }): Promise<Tls> {
  const cert = await readPem('tlsCert', own.cert)
  const key = await readPem('tlsKey', own.key)
  const certificate = parsed('tlsCert', own.cert, 'no certificate', () => new X509Certificate(cert))
  const privateKey = parsed('tlsKey', own.key, 'no private key without a passphrase', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new UsageError(`tlsKey: ${own.key} is not the key of the certificate in ${own.cert}`)
  }
  parsed('tlsCert', own.cert, 'nothing that TLS can use', () => createSecureContext({ cert, key }))
  return { serverOptions: serverOptions(cert, key), ca: undefined, caFile: undefined }
}

async function readPem(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`${option}: ${file} cannot be read (${errorCode(cause)})`, { cause })
  }
}

function parsed<Read>(option: string, file: string, what: string, read: () => Read): Read {
  try {
    return read()
  } catch (cause) {
    throw new UsageError(`${option}: ${file} holds ${what} in PEM (${errorText(cause)})`, { cause })
  }
}
