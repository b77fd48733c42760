/** Sends queries with DNS cookies (RFC 7873). */
import { formatAuthority } from '../../../net/address.ts'
import type { Location } from '../../../service.ts'
import type { Question } from '../../message.ts'
import type { CookieJar } from './cookies.ts'
import { sendQuery } from './send-query.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'

/**
 * Sends a query with the cookie of the jar, and stores the cookie of the response. If the server responds BADCOOKIE,
 * sends the query again with the new cookie, and then over TCP (RFC 7873, section 5.3). Throws like `sendQuery`.
 */
export async function sendWithCookie(
  jar: CookieJar,
  server: Location,
  question: Question,
  options: SendQueryOptions = {},
): Promise<ReceivedResponse> {
  const name = formatAuthority(server.host, server.port)
  const send = async (attempt: SendQueryOptions) => {
    const received = await sendQuery(server, question, withCookie(attempt, jar, name))
    return { received, badCookie: jar.store(name, received.message) && received.message.rcode === 'BADCOOKIE' }
  }
  const first = await send(options)
  if (!first.badCookie) return first.received
  const second = await send(options)
  // Over TCP the client's address cannot be forged, so the server does not require a cookie.
  return second.badCookie && options.transport === undefined
    ? (await send({ ...options, transport: 'tcp' })).received
    : second.received
}

function withCookie(options: SendQueryOptions, jar: CookieJar, server: string): SendQueryOptions {
  const { edns } = options
  if (edns === false) return options
  return { ...options, edns: { ...edns, options: [...(edns?.options ?? []), jar.optionFor(server)] } }
}
