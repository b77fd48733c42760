/** Connects to the SMTP server of the suite, traced from the client's side. */
import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Endpoint } from '../../../../../shared/endpoint.ts'
import { errorText, FourwireError } from '../../../../../shared/errors.ts'
import { connectTcp } from '../../../../../shared/net/connect.ts'
import { connectTls } from '../../../../../shared/net/connect-tls.ts'
import type { Tls } from '../../../../../shared/net/tls/tls.ts'
import { smtpDissector } from '../../../../../shared/trace/dissectors/smtp.ts'
import type { FollowOptions } from '../../../../../shared/trace/follow-options.ts'
import { Problem } from '../../problem.ts'
import type { MailContext } from '../mail-context.ts'

/** Milliseconds until the server accepts the connection. */
const TIMEOUT_MS = 10_000

/** @throws Problem 503 if the server does not answer, or is another one */
export async function connectToServer(
  endpoint: Endpoint,
  { trace, tls }: Pick<MailContext, 'trace' | 'tls'>,
): Promise<Socket> {
  // A client's trace of its request shows the submission as what the request caused.
  const follow = { protocol: 'smtp', dissector: smtpDissector, cause: trace.cause } as const
  const options = { trace, timeout: TIMEOUT_MS }
  try {
    return endpoint.transport === 'tls'
      ? await connectVerified(endpoint, follow, options, tls)
      : await connectTcp(endpoint, follow, options)
  } catch (cause) {
    if (!(cause instanceof FourwireError)) throw cause
    throw new Problem(503, `The message was not sent: ${errorText(cause)}.`, { cause })
  }
}

/**
 * The certificate of the suite's own authority is verified as usual. A certificate that the user supplied has names that this
 * machine need not know itself by, so that it must be the very one of this process.
 */
async function connectVerified(
  endpoint: Endpoint,
  follow: Omit<FollowOptions, 'side'>,
  options: { trace: MailContext['trace']; timeout: number },
  tls: Tls | undefined,
): Promise<Socket> {
  const isSupplied = tls !== undefined && tls.ca === undefined
  const verification = isSupplied ? { insecure: true } : { ca: tls?.ca }
  const socket = await connectTls(endpoint, { service: 'smtp', follow, verification, protocols: [] }, options)
  if (!isSupplied) return socket
  const expected = new X509Certificate(tls.serverOptions.cert).fingerprint256
  if (socket.getPeerX509Certificate()?.fingerprint256 === expected) return socket
  socket.destroy()
  throw new Problem(503, 'The message was not sent: the SMTP server has another certificate. Restart both servers.')
}
