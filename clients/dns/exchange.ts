/** One question and its reply: what was asked is read, the server found, and asked by `shared/resolver`. */
import type { Question } from '../../shared/dns/message.ts'
import { sendQuery } from '../../shared/dns/resolver/send-query.ts'
import { sendWithCookie } from '../../shared/dns/resolver/send-with-cookie.ts'
import type { ClientOptions } from '../../shared/service.ts'
import { findServer } from './find-server.ts'
import type { DnsQuery, DnsReply } from './query.ts'
import { readClass, readKey, readName, readType } from './read-question.ts'

/** What `query` does, without the front door: question, transport, reply. Throws as `query` does. */
export async function exchange(request: DnsQuery, options: ClientOptions): Promise<DnsReply> {
  const { type = 'A', recurse, checkingDisabled, edns, randomizeCase, cookies, method, tries } = request
  const question: Question = { name: readName(request.name), type: readType(type), class: readClass(request.class) }
  const key = readKey(request.key)
  const { location, ...found } = await findServer(request, options)
  // By UDP, ANY brings what the server likes to give (RFC 8482).
  const tcp = request.tcp || question.type === 'ANY'
  const transport = tcp && (found.transport ?? 'udp') === 'udp' ? 'tcp' : found.transport
  const about = { recurse, checkingDisabled, edns, randomizeCase, key }
  const asking = { ...options, ...found, ...about, transport, method, tries }
  const start = performance.now()
  const received = cookies
    ? await sendWithCookie(cookies, location, question, asking)
    : await sendQuery(location, question, asking)
  const { message, bytes, caseMatches } = received
  const time = performance.now() - start
  return {
    ...message,
    server: location,
    transport: received.transport,
    time,
    size: bytes.length,
    caseMatches: caseMatches,
  }
}
