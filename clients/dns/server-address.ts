/** `HOST:PORT` as people write it. Pure. */
import { UsageError } from '../../shared/errors.ts'

/** `[v6]` or `[v6]:port`; a bare IPv6 address; a host or `host:port`. */
const FORMS = [
  /^\[(?<host>[^\]]+)\](?::(?<port>\d+))?$/,
  /^(?<host>[^:[\]]*:[^:[\]]*:[^[\]]*)$/,
  /^(?<host>[^:[\]]+)(?::(?<port>\d+))?$/,
]

/**
 * Reads a server's address.
 *
 * @throws UsageError quoting what is none
 */
export function parseServer(text: string): { host: string; port: number | undefined } {
  const { host, port } = FORMS.map(form => form.exec(text)?.groups).find(groups => groups) ?? {}
  const number = port === undefined ? undefined : Number(port)
  if (!host || number === 0 || (number ?? 0) > 0xffff) {
    throw new UsageError(`${JSON.stringify(text)} is not a server; 127.0.0.1:5300 or [::1]:5300 is`)
  }
  return { host, port: number }
}
