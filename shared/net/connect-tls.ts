/** Connects clients over TLS, verifies the server's certificate, and explains failures. */
import { once } from 'node:events'
import { isIP } from 'node:net'
import { type ConnectionOptions, connect, rootCertificates, type TLSSocket } from 'node:tls'
import { errorCode, errorText, RefusedError, unreachableReason } from '../errors.ts'
import type { Location } from '../service.ts'
import type { FollowOptions } from '../trace/follow-options.ts'
import { formatAddress } from './address.ts'
import { type ConnectOptions, DEFAULT_TIMEOUT_MS, unreachableError } from './connect.ts'
import { handshakeReason } from './tls/handshake-reason.ts'

/** How a client verifies the server's certificate (RFC 8310, section 5: strictly by default). */
export interface TlsVerification {
  /** Certificates of authorities to trust (PEM), in addition to Node's own. */
  readonly ca?: string | undefined
  /** The name that the certificate must be for. Default: the host. */
  readonly serverName?: string | undefined
  /** True accepts any certificate: the connection is encrypted, but the server's identity is unknown. */
  readonly insecure?: boolean | undefined
}

export interface ConnectTlsOptions {
  /** The service to start if the server is unreachable: `dns`, `http`. */
  readonly service: string
  /** Omit it if the caller emits the events of the conversation itself. */
  readonly follow?: Omit<FollowOptions, 'side'> | undefined
  readonly verification?: TlsVerification | undefined
  /** ALPN protocols in order of preference (RFC 7301); SMTP has none. */
  readonly protocols: readonly string[]
}

/**
 * Connects over TLS, traced from the first byte, decrypted.
 *
 * @throws UnreachableError if no server answers
 * @throws RefusedError if the server does not speak TLS, or its certificate cannot be verified
 */
export async function connectTls(
  { host, port }: Location,
  { service, follow, verification = {}, protocols }: ConnectTlsOptions,
  options: ConnectOptions,
): Promise<TLSSocket> {
  const timeout = AbortSignal.timeout(options.timeout ?? DEFAULT_TIMEOUT_MS)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  options.signal?.throwIfAborted()
  const socket = connect({
    host,
    port,
    ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
    ...verifyOptions(host, verification),
  })
  socket.setNoDelay(true)
  options.onSocket?.(socket)
  if (follow) options.trace?.follow(socket, { ...follow, side: 'client', transport: 'tls' })
  try {
    await once(socket, 'secureConnect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    options.signal?.throwIfAborted()
    const isUnreachable = timeout.aborted || unreachableReason(error) !== undefined
    throw isUnreachable ? unreachableError({ host, port }, `${service} --tls`, error) : tlsError({ host, port }, error)
  }
}

/** Returns the options of `tls.connect` with which a client verifies the certificate of this host. */
export function verifyOptions(host: string, { ca, serverName, insecure = false }: TlsVerification): ConnectionOptions {
  const name = serverName ?? host
  return {
    rejectUnauthorized: !insecure,
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    // SNI allows no IP address (RFC 6066, section 3); Node then compares the certificate with the host.
    ...(isIP(name) ? {} : { servername: name }),
  }
}

/** Node's error codes for certificates that fail verification. */
const CERTIFICATE = /CERT|SIGN|ISSUER|ALTNAME/

/**
 * Creates the error for a failed handshake.
 *
 * @param code Node's code of the error, if a library has replaced it
 */
export function tlsError(location: Location, error: unknown, code = errorCode(error)): RefusedError {
  const address = formatAddress(location)
  if (CERTIFICATE.test(code ?? '')) {
    const remedy = /ALTNAME/.test(code ?? '')
      ? 'Use a name that the certificate is for'
      : 'Name the authority that signed it with --cacert FILE'
    return new RefusedError(
      'certificate',
      `cannot verify the certificate of ${address}: ${errorText(error)}. ${remedy}, or skip verification with --insecure`,
      { cause: error },
    )
  }
  return new RefusedError('tls', `TLS handshake with ${address} failed: ${tlsReason(error)}`, { cause: error })
}

function tlsReason(error: unknown): string {
  const reason = handshakeReason(error)
  return REASONS[reason] ?? reason
}

const REASONS: Record<string, string> = {
  'wrong version number': 'the server does not speak TLS on that port',
  'tlsv1 alert no application protocol': 'the server offers another protocol on that port',
}
