/** What `transfer` does, without the front door. */
import { randomInt } from 'node:crypto'
import { decodeMessage } from '../../shared/dns/decode.ts'
import type { Message, Question, RecordOf } from '../../shared/dns/message.ts'
import { buildQuery, isResponseTo } from '../../shared/dns/resolver/prepared-query.ts'
import { streamResponses, toRefusedError } from '../../shared/dns/resolver/stream.ts'
import type { TsigKey } from '../../shared/dns/tsig/key.ts'
import { encodeQuery } from '../../shared/dns/tsig/query.ts'
import type { ResponseVerifier } from '../../shared/dns/tsig/response.ts'
import { epochSeconds } from '../../shared/epoch-seconds.ts'
import { RefusedError, UsageError } from '../../shared/errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../shared/net/connect.ts'
import type { ClientOptions } from '../../shared/service.ts'
import { explain } from './failure.ts'
import { findServer } from './find-server.ts'
import { readKey, readName } from './read-question.ts'
import type { DnsTransfer, TransferPart } from './transfer.ts'
import { TransferReader } from './transfer-reader.ts'

export async function* receive(request: DnsTransfer, options: ClientOptions): AsyncGenerator<TransferPart> {
  const zone = readName(request.zone)
  const query = transferQuery(zone, request.serial)
  const key = readKey(request.key)
  const { location, transport = 'tcp', verification } = await findServer(request, options)
  if (transport === 'https' || transport === 'http') throw new UsageError('a transfer goes by TCP or TLS, not by HTTPS')
  const conversation = new Conversation(query, key)
  const reader = new TransferReader(zone, request.serial)
  const timeout = options.timeout ?? DEFAULT_TIMEOUT_MS
  const about = {
    ...options,
    verification,
    timeout,
    many: true,
    transport: transport === 'tls' ? 'tls' : 'tcp',
  } as const
  let count = 0
  for await (const bytes of streamResponses(location, conversation.bytes, about)) {
    const records = reader.push(conversation.read(bytes))
    count += records.length
    yield { records, size: bytes.length, server: location }
    if (reader.isDone) return conversation.end()
  }
  throw new RefusedError('closed', `the server closed in the middle of the transfer, after ${count} records`)
}

/** RFC 1995, section 3: an IXFR has the SOA that one has in its authority section. */
function transferQuery(zone: string, serial: number | undefined): Message {
  const question: Question = { name: zone, type: serial === undefined ? 'AXFR' : 'IXFR', class: 'IN' }
  const query = buildQuery(randomInt(0x10000), question, { recurse: false, edns: false })
  if (serial === undefined) return query
  const data = { mname: '.', rname: '.', serial, refresh: 0, retry: 0, expire: 0, minimum: 0 }
  const soa: RecordOf<'SOA'> = { name: zone, class: 'IN', ttl: 0, type: 'SOA', data }
  return { ...query, authorities: [soa] }
}

/** The query, signed where there is a key, and the reading of what comes. */
class Conversation {
  readonly bytes: Buffer
  readonly #query: Message
  readonly #verifier: ResponseVerifier | undefined
  #count = 0

  constructor(query: Message, key: TsigKey | undefined) {
    const { bytes, createVerifier } = encodeQuery(query, key, epochSeconds())
    this.#query = query
    this.bytes = bytes
    this.#verifier = createVerifier()
  }

  read(bytes: Buffer): Message {
    const message = this.#decode(bytes)
    const { rcode, questions } = message
    // Only the first message has to repeat the question (RFC 5936, section 2.2.1).
    const repeated =
      this.#count++ > 0 && questions.length === 0 ? { ...message, questions: this.#query.questions } : message
    if (rcode !== 'NOERROR' && message.id === this.#query.id) {
      const text = explain(message)
      throw new RefusedError(rcode, text, {
        message: `${rcode} for the transfer of ${this.#query.questions[0]?.name}: ${text}`,
      })
    }
    if (!isResponseTo(repeated, this.#query))
      throw new RefusedError('mismatch', 'the name server answered another question')
    return message
  }

  #decode(bytes: Buffer): Message {
    try {
      return decodeMessage(this.#verifier?.verify(bytes, epochSeconds()) ?? bytes)
    } catch (error) {
      throw toRefusedError(error)
    }
  }

  end(): void {
    if (this.#verifier?.isComplete === false)
      throw new RefusedError('unsigned', 'the end of the transfer is not signed')
  }
}
