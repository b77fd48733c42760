/**
 * Zone transfers: the whole zone (AXFR, RFC 5936), or the differences since the version of the secondary (IXFR, RFC 1995). A
 * transfer sends the version of the zone at the time of the query, and lets other queries run between its messages.
 */
import { setImmediate } from 'node:timers/promises'
import { encodeAnswers } from '../../../shared/dns/encode.ts'
import type { DnsRecord, Message, Question } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import type { Log } from '../../../shared/log.ts'
import type { AccessList } from '../access/access-list.ts'
import { udpPayloadSize } from '../edns/edns.ts'
import { explain, INFO_CODE } from '../edns/extended-error.ts'
import type { Handler } from '../name-server.ts'
import { type Client, type Query, responseTo } from '../query/query.ts'
import type { ZoneChange } from '../store/history.ts'
import { isNewer } from '../zone/serial.ts'
import type { Zone } from '../zone/zone.ts'
import { differenceRecords, differencesSince } from './differences.ts'
import { writeTransfer } from './write-transfer.ts'

/** The longest OPT record of a response: with a cookie. */
const OPT_BYTES = 11 + 28
/** Concurrent transfers, as many as BIND allows; each holds a version of its zone. One more gets SERVFAIL. */
const MAX_TRANSFERS = 10

export interface TransferHandlerOptions {
  readonly store: { readonly zones: ReadonlyMap<string, Zone>; history(origin: string): readonly ZoneChange[] }
  /** The clients that may transfer zones. */
  readonly allowed: AccessList
  readonly log: Pick<Log, 'info'>
}

export class TransferHandler implements Handler {
  readonly #options: TransferHandlerOptions
  #active = 0

  constructor(options: TransferHandlerOptions) {
    this.#options = options
  }

  handle(query: Query): Message | AsyncIterable<Buffer> | undefined {
    const [question] = query.message.questions
    return question && isTransfer(question) ? this.#transfer(query, question) : undefined
  }

  #transfer(query: Query, question: Question & { readonly type: TransferType }): Message | AsyncIterable<Buffer> {
    const { message, client } = query
    if (UNSUITABLE[question.type].includes(client.transport)) return responseTo(message, 'FORMERR')
    const zone = question.class === 'IN' ? this.#options.store.zones.get(fold(question.name)) : undefined
    if (!zone) return explain(responseTo(message, 'NOTAUTH'), INFO_CODE.NOT_AUTHORITATIVE)
    if (!this.#options.allowed.permits(query)) return explain(responseTo(message, 'REFUSED'), INFO_CODE.PROHIBITED)
    return question.type === 'AXFR' ? this.#stream(query, zone, wholeZone(zone)) : this.#incremental(query, zone)
  }

  /** The differences; or the whole zone if they are not known (RFC 1995, section 4). */
  #incremental(query: Query, zone: Zone): Message | AsyncIterable<Buffer> {
    const { message, client } = query
    const known = clientSerial(message, zone)
    if (known === undefined) return responseTo(message, 'FORMERR')
    const current = authoritative(message, [zone.soa])
    if (!isNewer(zone.soa.data.serial, known)) return current
    const differences = differencesSince(this.#options.store.history(zone.origin), known)
    const complete = differences?.to.data.serial === zone.soa.data.serial ? differences : undefined
    if (client.transport !== 'udp') {
      return this.#stream(query, zone, complete ? differenceRecords(complete) : wholeZone(zone))
    }
    // If they do not fit, the response is one SOA, and the client repeats the query over TCP (RFC 1995, section 2).
    const full = complete && authoritative(message, [...differenceRecords(complete)])
    return full && fits(query, full) ? full : current
  }

  #stream(query: Query, zone: Zone, records: Iterable<DnsRecord>): Message | AsyncIterable<Buffer> {
    if (this.#active < MAX_TRANSFERS) return this.#writeMessages(query, zone, records)
    return explain(responseTo(query.message, 'SERVFAIL'), INFO_CODE.OTHER, `${MAX_TRANSFERS} transfers are under way`)
  }

  async *#writeMessages(query: Query, zone: Zone, records: Iterable<DnsRecord>): AsyncGenerator<Buffer> {
    const { address } = query.client
    this.#active++
    try {
      for (const message of writeTransfer(query, records)) {
        yield message
        await setImmediate()
      }
      this.#options.log.info({ zone: zone.origin, serial: zone.soa.data.serial, to: address }, 'dns: zone transferred')
    } finally {
      this.#active--
    }
  }
}

type TransferType = 'AXFR' | 'IXFR'

/** RFC 5936, section 4.2: AXFR is not for UDP. RFC 8484, section 1: HTTPS is for one message each way. */
const UNSUITABLE: Readonly<Record<TransferType, readonly Client['transport'][]>> = {
  AXFR: ['udp', 'https'],
  IXFR: ['https'],
}

function isTransfer(question: Question): question is Question & { readonly type: TransferType } {
  return question.type === 'AXFR' || question.type === 'IXFR'
}

/** The serial that the client has, by the SOA that it sends (RFC 1995, section 3). */
function clientSerial({ authorities }: Message, zone: Zone): number | undefined {
  const [soa] = authorities
  return soa?.type === 'SOA' && fold(soa.name) === zone.origin ? soa.data.serial : undefined
}

function authoritative(message: Message, answers: readonly DnsRecord[]): Message {
  const response = responseTo(message)
  return { ...response, flags: { ...response.flags, aa: true }, answers }
}

function fits({ message, auth: { signer } }: Query, response: Message): boolean {
  const limit = udpPayloadSize(message) - (message.edns ? OPT_BYTES : 0) - (signer?.length ?? 0)
  return encodeAnswers(response, limit).left.length === 0
}

/** Every record of the zone, its SOA first and last (RFC 5936, section 2.2). */
function* wholeZone(zone: Zone): Generator<DnsRecord> {
  yield* zone.records()
  yield zone.soa
}
