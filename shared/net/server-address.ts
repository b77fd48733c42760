/** Parses server addresses (`HOST:PORT`) as people write them. Pure. */
import { UsageError } from '../errors.ts'

/** `[v6]` or `[v6]:port`; a bare IPv6 address; a host or `host:port`. */
const FORMS = [
  /^\[(?<host>[^\]\s]+)\](?::(?<port>\d+))?$/,
  /^(?<host>[\da-f]*:[\da-f]*:[\da-f.:]*)$/i,
  /^(?<host>[^\s:[\]]+)(?::(?<port>\d+))?$/,
]

/**
 * Parses a server's address.
 *
 * @throws UsageError quoting the text if it is not an address
 */
export function parseServerAddress(text: string): { host: string; port: number | undefined } {
  const { host, port } = FORMS.map(form => form.exec(text)?.groups).find(groups => groups) ?? {}
  const number = port === undefined ? undefined : Number(port)
  if (!host || number === 0 || (number ?? 0) > 0xffff) {
    throw new UsageError(
      `${JSON.stringify(text)} is not a server's address. Examples: 127.0.0.1:5300, [::1]:5300, mail.fourwire.test`,
    )
  }
  return { host, port: number }
}
