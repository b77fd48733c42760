/** One question and its reply: what was asked is read, the server found, and asked by `shared/resolver`. */
import { directly } from '../../shared/connect.ts'
import { typeNamed } from '../../shared/dns/codes.ts'
import type { Question } from '../../shared/dns/message.ts'
import { NameError, parseName } from '../../shared/dns/name.ts'
import { UsageError } from '../../shared/errors.ts'
import { ask } from '../../shared/resolver/ask.ts'
import { parseServer } from '../../shared/server-address.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import type { DnsQuery, DnsReply } from './query.ts'

/** What `query` does, without the front door: question, transport, reply. Throws as `query` does. */
export async function exchange(request: DnsQuery, options: ClientOptions): Promise<DnsReply> {
  const question = readQuestion(request)
  const server = await findServer(request.server, options)
  const start = performance.now()
  // By UDP, ANY brings what the server likes to give (RFC 8482).
  const tcp = request.tcp || question.type === 'ANY'
  const received = await ask(server, question, { ...options, transport: tcp ? 'tcp' : 'udp' })
  const { host, port } = server
  const { message, bytes, transport } = received
  return { ...message, server: { host, port }, transport, time: performance.now() - start, size: bytes.length }
}

function readQuestion({ name, type = 'A' }: DnsQuery): Question {
  const known = typeNamed(type)
  if (!known) throw new UsageError(`${JSON.stringify(type)} is not a type of records; A, AAAA, MX, TXT or TYPE65 are`)
  try {
    return { name: parseName(name), type: known, class: 'IN' }
  } catch (error) {
    if (error instanceof NameError) throw new UsageError(`that is not a name: ${error.message}`, { cause: error })
    throw error
  }
}

async function findServer(server: DnsQuery['server'], options: ClientOptions): Promise<Location> {
  const { signal, locate } = options
  if (server === undefined) return (locate ?? directly)({ service: 'dns', signal })
  if (typeof server !== 'string') return server
  return (locate ?? directly)({ service: 'dns', ...parseServer(server), signal })
}
