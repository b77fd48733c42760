/** One question and its reply: by UDP, and by TCP where that is asked for or the answer was cut (RFC 7766, section 5). */
import { randomInt } from 'node:crypto'
import { directly } from '../../shared/connect.ts'
import { typeNamed } from '../../shared/dns/codes.ts'
import { encodeMessage } from '../../shared/dns/encode.ts'
import { type Message, NO_FLAGS, type Question } from '../../shared/dns/message.ts'
import { fold, NameError, parseName } from '../../shared/dns/name.ts'
import { UsageError } from '../../shared/errors.ts'
import { parseServer } from '../../shared/server-address.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import type { DnsQuery, DnsReply } from './query.ts'
import { askByTcp } from './tcp.ts'
import { askByUdp } from './udp.ts'

/** What we say we can take by UDP: it fits into one packet on any network (RFC 9715). */
const UDP_PAYLOAD_BYTES = 1232

/** A response, and its size on the wire. */
export interface Received {
  readonly message: Message
  readonly size: number
}

/** A query ready to be sent, and the test of what comes back. */
export interface Asked {
  readonly bytes: Buffer
  /** True for the response to this very query (RFC 5452, section 9.1). */
  fits(message: Message): boolean
}

/** What `query` does, without the front door: question, transport, reply. Throws as `query` does. */
export async function exchange(request: DnsQuery, options: ClientOptions): Promise<DnsReply> {
  const question = readQuestion(request)
  const server = await findServer(request.server, options)
  const asked = ask(question)
  const start = performance.now()
  // By UDP, ANY brings what the server likes to give (RFC 8482).
  const tcp = request.tcp || question.type === 'ANY'
  const byUdp = tcp ? undefined : await askByUdp(server, asked, options)
  const { message, size } = !byUdp || byUdp.message.flags.tc ? await askByTcp(server, asked, options) : byUdp
  const transport = byUdp && !byUdp.message.flags.tc ? 'udp' : 'tcp'
  const { host, port } = server
  return { ...message, server: { host, port }, transport, time: performance.now() - start, size }
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

function ask(question: Question): Asked {
  const id = randomInt(0x10000)
  const bytes = encodeMessage({
    id,
    response: false,
    opcode: 'QUERY',
    rcode: 'NOERROR',
    flags: { ...NO_FLAGS, rd: true },
    questions: [question],
    answers: [],
    authorities: [],
    additionals: [],
    edns: { version: 0, udpPayloadSize: UDP_PAYLOAD_BYTES, dnssecOk: false, options: [] },
  })
  return { bytes, fits: message => message.response && message.id === id && isAbout(message, question) }
}

/** A server that could not read the question repeats none. */
function isAbout({ questions, rcode }: Message, asked: Question): boolean {
  const [question, ...more] = questions
  if (!question) return rcode !== 'NOERROR' && rcode !== 'NXDOMAIN'
  const same = question.type === asked.type && question.class === asked.class
  return same && more.length === 0 && fold(question.name) === fold(asked.name)
}
