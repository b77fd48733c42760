/** Why a TLS handshake failed. Pure. */
import { errorText } from '../../errors.ts'

/** Returns OpenSSL's reason, `tlsv1 alert unknown ca`, without the addresses and source lines in its message. */
export function handshakeReason(error: unknown): string {
  return error instanceof Error && 'reason' in error ? String(error.reason) : errorText(error)
}
