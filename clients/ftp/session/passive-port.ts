/** Parses the replies to EPSV and PASV. Pure. */
import { RefusedError } from '../../../shared/errors.ts'

/**
 * Returns the port of a reply to EPSV (229, RFC 2428) or PASV (227, RFC 1123, section 4.1.2.6).
 *
 * @throws RefusedError if the reply has no port
 */
export function parsePassivePort({ code, message }: { readonly code: number; readonly message: string }): number {
  const extended = /\(([!-~])\1\1(\d{1,5})\1\)/.exec(message)
  const [, high, low] = /(?<!\d)\d{1,3},\d{1,3},\d{1,3},\d{1,3},(\d{1,3}),(\d{1,3})(?!\d)/.exec(message) ?? []
  const port = code === 229 ? Number(extended?.[2]) : Number(high) * 256 + Number(low)
  if (port > 0 && port < 65536) return port
  throw new RefusedError(code, message, { message: `the server sent no port for the data connection: ${message}` })
}
