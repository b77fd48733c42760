/** Receives a zone: all of it (AXFR, RFC 5936) or its changes (IXFR, RFC 1995), by TCP or TLS (RFC 9103). */
import { randomInt } from 'node:crypto'
import { decodeMessage } from '../../shared/dns/decode.ts'
import type { DnsRecord, Message, Question, RecordOf } from '../../shared/dns/message.ts'
import { type DnsServer, locateServer } from '../../shared/dns/resolver/locate-server.ts'
import { parseKey, parseQueryName } from '../../shared/dns/resolver/parse-arguments.ts'
import { describeError } from '../../shared/dns/resolver/resolve-error.ts'
import { buildQuery, isResponseTo } from '../../shared/dns/resolver/send/prepared-query.ts'
import { streamResponses, toRefusedError } from '../../shared/dns/resolver/send/stream.ts'
import type { TsigKey } from '../../shared/dns/tsig/key.ts'
import { encodeQuery } from '../../shared/dns/tsig/query.ts'
import type { ResponseVerifier } from '../../shared/dns/tsig/response.ts'
import { epochSeconds } from '../../shared/epoch-seconds.ts'
import { RefusedError, UsageError } from '../../shared/errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../shared/net/connect.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { TransferReader } from './transfer-reader.ts'

/** A zone to transfer, and the server to transfer it from. */
export interface DnsTransfer extends DnsServer {
  readonly zone: string
  /** Requests only the changes since this serial (IXFR). */
  readonly serial?: number | undefined
}

/** One message of a transfer. */
export interface TransferPart {
  readonly records: readonly DnsRecord[]
  /** Bytes of the message. */
  readonly size: number
  readonly server: Location
}

export async function* transfer(request: DnsTransfer, options: ClientOptions): AsyncGenerator<TransferPart> {
  const zone = parseQueryName(request.zone)
  const query = new TransferQuery(queryFor(zone, request.serial), parseKey(request.key))
  const { location, transport = 'tcp', verification } = await locateServer(request, options)
  if (transport === 'https' || transport === 'http') {
    throw new UsageError('cannot transfer a zone by HTTPS. Use TCP or TLS, as in tls://HOST')
  }
  const timeout = options.timeout ?? DEFAULT_TIMEOUT_MS
  const streamOptions = { ...options, verification, timeout, many: true } as const
  const reader = new TransferReader(zone, request.serial)
  let count = 0
  const stream = streamResponses(location, query.bytes, {
    ...streamOptions,
    transport: transport === 'tls' ? 'tls' : 'tcp',
  })
  for await (const bytes of stream) {
    const records = reader.push(query.decodeResponse(bytes))
    count += records.length
    yield { records, size: bytes.length, server: location }
    if (reader.isDone) return query.checkSignature()
  }
  throw new RefusedError('closed', `the server closed the connection during the transfer, after ${count} records`)
}

/** RFC 1995, section 3: an IXFR query has the client's SOA in its authority section. */
function queryFor(zone: string, serial: number | undefined): Message {
  const question: Question = { name: zone, type: serial === undefined ? 'AXFR' : 'IXFR', class: 'IN' }
  const query = buildQuery(randomInt(0x10000), question, { recurse: false, edns: false })
  if (serial === undefined) return query
  const data = { mname: '.', rname: '.', serial, refresh: 0, retry: 0, expire: 0, minimum: 0 }
  const soa: RecordOf<'SOA'> = { name: zone, class: 'IN', ttl: 0, type: 'SOA', data }
  return { ...query, authorities: [soa] }
}

/** The encoded query, signed if there is a key, and the decoder of its responses. */
class TransferQuery {
  readonly bytes: Buffer
  readonly #query: Message
  readonly #verifier: ResponseVerifier | undefined
  #responses = 0

  constructor(query: Message, key: TsigKey | undefined) {
    const { bytes, createVerifier } = encodeQuery(query, key, epochSeconds())
    this.#query = query
    this.bytes = bytes
    this.#verifier = createVerifier()
  }

  /** @throws RefusedError if the message is an error, not a response to this query, or not signed correctly */
  decodeResponse(bytes: Buffer): Message {
    const response = this.#decode(bytes)
    if (response.rcode !== 'NOERROR' && response.id === this.#query.id) throw this.#error(response)
    if (!this.#isResponse(response)) throw new RefusedError('mismatch', 'the response is to another query')
    this.#responses++
    return response
  }

  #decode(bytes: Buffer): Message {
    try {
      return decodeMessage(this.#verifier?.verify(bytes, epochSeconds()) ?? bytes)
    } catch (error) {
      throw toRefusedError(error)
    }
  }

  #error(response: Message): RefusedError {
    const { rcode } = response
    const text = describeError(response)
    const message = `${rcode} for the transfer of ${this.#query.questions[0]?.name}: ${text}`
    return new RefusedError(rcode, text, { message })
  }

  /** Only the first message must repeat the question (RFC 5936, section 2.2.1). */
  #isResponse(response: Message): boolean {
    const omitsQuestion = this.#responses > 0 && response.questions.length === 0
    return isResponseTo(omitsQuestion ? { ...response, questions: this.#query.questions } : response, this.#query)
  }

  /** @throws RefusedError if the last message is not signed, though the query was */
  checkSignature(): void {
    if (this.#verifier?.isComplete === false) {
      throw new RefusedError('unsigned', 'the last message of the transfer is not signed')
    }
  }
}
