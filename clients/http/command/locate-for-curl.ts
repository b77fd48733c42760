/** Finds where curl has to connect: it does not know the names of the suite. */
import { formatAuthority } from '../../../shared/net/address.ts'
import type { ClientContext } from '../../../shared/service.ts'
import { parseUrl } from '../url.ts'

const STANDARD_PORTS = { http: 80, https: 443 } as const

/** Returns the URL with scheme and host, and the value of `--connect-to` if its host and port are not where the server is. */
export async function locateForCurl(
  text: string,
  { locate, signal }: ClientContext,
): Promise<{ url: string; connectTo: string | undefined }> {
  const { scheme, host, port, target } = parseUrl(text)
  const server = await locate({ service: 'http', host, port, tls: scheme === 'https', signal })
  if (host === undefined) {
    return { url: `${scheme}://${formatAuthority(server.host, server.port)}${target}`, connectTo: undefined }
  }
  // The target as this client sends it, which curl would encode in another way.
  const [, authority = ''] = /^(?:[A-Za-z]+:\/\/)?([^/?#]*)/.exec(text) ?? []
  const url = `${scheme}://${authority}${target}`
  const expected = port ?? STANDARD_PORTS[scheme]
  const isThere = server.host === host && server.port === expected
  return {
    url,
    connectTo: isThere ? undefined : `${formatAuthority(host, expected)}:${formatAuthority(server.host, server.port)}`,
  }
}
