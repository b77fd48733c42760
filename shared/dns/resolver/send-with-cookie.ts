/** Asking with what is remembered of a server: its cookie (RFC 7873). */
import { formatAuthority } from '../../net/address.ts'
import type { Location } from '../../service.ts'
import type { Question } from '../message.ts'
import type { CookieJar } from './cookies.ts'
import { sendQuery } from './send-query.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'

/**
 * Asks with the cookie of the jar, and keeps the one that comes back. A server that wants its own cookie first
 * (BADCOOKIE) is asked once more with it, and then by TCP (RFC 7873, section 5.3). Throws as `ask` does.
 */
export async function sendWithCookie(
  jar: CookieJar,
  server: Location,
  question: Question,
  options: SendQueryOptions = {},
): Promise<ReceivedResponse> {
  const name = formatAuthority(server.host, server.port)
  const send = async (by: SendQueryOptions) => {
    const received = await sendQuery(server, question, withCookie(by, jar, name))
    return { received, wantsOther: jar.store(name, received.message) && received.message.rcode === 'BADCOOKIE' }
  }
  const first = await send(options)
  if (!first.wantsOther) return first.received
  const second = await send(options)
  // By TCP nobody's address is forged, so the server has to do without.
  return second.wantsOther && options.transport === undefined
    ? (await send({ ...options, transport: 'tcp' })).received
    : second.received
}

function withCookie(options: SendQueryOptions, jar: CookieJar, server: string): SendQueryOptions {
  const { edns } = options
  if (edns === false) return options
  return { ...options, edns: { ...edns, options: [...(edns?.options ?? []), jar.optionFor(server)] } }
}
