/** Connecting by TLS: whom to believe, and saying clearly why somebody is not believed. */
import { once } from 'node:events'
import { isIP } from 'node:net'
import { type ConnectionOptions, connect, rootCertificates, type TLSSocket } from 'node:tls'
import { errorCode, errorText, RefusedError, unreachableReason } from '../errors.ts'
import type { ClientOptions, Location } from '../service.ts'
import type { FollowOptions } from '../trace/conversation.ts'
import { formatAddress } from './address.ts'
import { DEFAULT_TIMEOUT_MS, unreachableError } from './connect.ts'

/** Whom a client believes to be the server (RFC 8310, section 5: strict, unless told otherwise). */
export interface TlsVerification {
  /** Certificates of the authorities to believe, as PEM, beside those that the system believes. */
  readonly ca?: string | undefined
  /** The name that the certificate must be for; the host's, where not given. */
  readonly serverName?: string | undefined
  /** True believes anybody: the conversation is encrypted, but nobody knows with whom. */
  readonly insecure?: boolean | undefined
}

export interface ConnectTlsOptions {
  /** What to start where nobody answers: `dns`, `http`. */
  readonly service: string
  /** Left out where the conversation is told otherwise. */
  readonly follow?: Omit<FollowOptions, 'side'> | undefined
  readonly verification?: TlsVerification | undefined
  /** ALPN (RFC 7301), the one liked best first. */
  readonly protocols: readonly string[]
}

/**
 * Connects over TLS, traced from the first byte, decrypted.
 *
 * @throws UnreachableError when nobody answers there
 * @throws RefusedError when it does not speak TLS, or is not who it should be
 */
export async function connectTls(
  { host, port }: Location,
  { service, follow, verification = {}, protocols }: ConnectTlsOptions,
  options: ClientOptions,
): Promise<TLSSocket> {
  const timeout = AbortSignal.timeout(options.timeout ?? DEFAULT_TIMEOUT_MS)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  options.signal?.throwIfAborted()
  const socket = connect({ host, port, ALPNProtocols: [...protocols], ...trust(host, verification) })
  socket.setNoDelay(true)
  if (follow) options.trace?.follow(socket, { ...follow, side: 'client', transport: 'tls' })
  try {
    await once(socket, 'secureConnect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    options.signal?.throwIfAborted()
    const gone = timeout.aborted || unreachableReason(error) !== undefined
    throw gone ? unreachableError({ host, port }, `${service} --tls`, error) : distrust({ host, port }, error)
  }
}

function trust(host: string, { ca, serverName, insecure = false }: TlsVerification): ConnectionOptions {
  const name = serverName ?? host
  return {
    rejectUnauthorized: !insecure,
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    // An address is no name that could be asked for (RFC 6066, section 3); the certificate is compared with the host.
    ...(isIP(name) ? {} : { servername: name }),
  }
}

/** node's codes for certificates that are not believed. */
const CERTIFICATE = /CERT|SIGN|ISSUER|ALTNAME/

function distrust(location: Location, error: unknown): RefusedError {
  const address = formatAddress(location)
  if (CERTIFICATE.test(errorCode(error) ?? '')) {
    const advice = 'Name the authority that signed it with --cacert FILE, or skip verification with --insecure'
    return new RefusedError(
      'certificate',
      `cannot verify the certificate of ${address}: ${errorText(error)}. ${advice}`,
      {
        cause: error,
      },
    )
  }
  return new RefusedError('tls', `no TLS with ${address}: ${tlsReason(error)}`, { cause: error })
}

/** What went wrong, without the addresses and source lines that OpenSSL tells with it. */
function tlsReason(error: unknown): string {
  const reason = error instanceof Error && 'reason' in error ? String(error.reason) : errorText(error)
  return REASONS[reason] ?? reason
}

const REASONS: Record<string, string> = {
  'wrong version number': 'what it sends is not TLS',
  'tlsv1 alert no application protocol': 'it offers another protocol there',
}
