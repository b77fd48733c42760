/** TLS on data connections, after PROT P (RFC 4217, section 9). */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { errorText } from '../../../shared/errors.ts'
import { ReplyError } from '../session/replies.ts'
import { HANDSHAKE_TIMEOUT_MS, HandshakeError, type SessionTls } from '../session/session-tls.ts'
import type { SessionState, Transfer } from '../session/state.ts'
import { ClosureCheck } from './closure-check.ts'

/** @throws ReplyError 521 if TLS is required and PROT P was not sent */
export function requireProtection({ environment, protection }: SessionState): void {
  if (environment.tlsPolicy.isRequired && protection === 'clear') {
    throw new ReplyError(521, 'TLS is required; send PBSZ 0 and PROT P')
  }
}

/**
 * Returns the TLS socket of a data connection, after the handshake; the socket itself after PROT C.
 *
 * @throws ReplyError 522 if the handshake fails, or the client does not resume the session of its control connection and must
 */
export async function secureDataSocket(
  { environment, tls, protection }: SessionState,
  socket: Socket,
  direction: Transfer['direction'],
): Promise<Socket> {
  if (!tls || protection === 'clear') return socket
  try {
    const timeout = Math.min(environment.dataConnection.timeout, HANDSHAKE_TIMEOUT_MS)
    const secure = await doHandshake(tls, socket, direction, timeout)
    // Below TLS, a client that reads slowly would count as idle: only the TLS socket knows that a write makes progress.
    socket.setTimeout(0)
    environment.dataConnection.idleWatch.closeIfIdle(secure, socket)
    if (!environment.tlsPolicy.requiresReuse || secure.isSessionReused()) return secure
    secure.destroySoon()
    throw new ReplyError(522, 'The data connection must resume the TLS session of the control connection')
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error
    throw new ReplyError(522, 'The TLS handshake of the data connection failed', { cause: errorText(error) })
  }
}

/** Only an upload passes the closure check: a client can break off a download when it likes. */
function doHandshake(
  tls: SessionTls,
  socket: Socket,
  direction: Transfer['direction'],
  timeout: number,
): Promise<TLSSocket> {
  const check = direction === 'upload' ? new ClosureCheck(socket) : undefined
  return tls.secure(socket, {
    timeout,
    ...(check && { carrier: check }),
    onSecure: secure => {
      // The transfer reports the error; one without a listener would end the process.
      secure.on('error', () => {})
      check?.observe(secure)
      if (secure.getProtocol() === 'TLSv1.3') check?.holdOutput()
    },
  })
}
