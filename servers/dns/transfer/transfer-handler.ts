/**
 * Handles zone transfers: the whole zone (AXFR, RFC 5936), or the differences since the client's version (IXFR, RFC 1995). A
 * transfer sends the zone as it was when the query arrived. Other queries run between its messages.
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
import { differencesSince, ixfrRecords } from './differences.ts'
import { writeTransfer } from './write-transfer.ts'

/** The length of the longest OPT record of a response, which has a cookie. */
const OPT_BYTES = 11 + 28
/** Bounds concurrent transfers, as BIND does: each holds a version of its zone. One more gets SERVFAIL. */
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
    if (UNSUPPORTED[question.type].includes(client.transport)) return responseTo(message, 'FORMERR')
    const zone = question.class === 'IN' ? this.#options.store.zones.get(fold(question.name)) : undefined
    if (!zone) return explain(responseTo(message, 'NOTAUTH'), INFO_CODE.NOT_AUTHORITATIVE)
    if (!this.#options.allowed.permits(query)) return explain(responseTo(message, 'REFUSED'), INFO_CODE.PROHIBITED)
    return question.type === 'AXFR' ? this.#stream(query, zone, axfrRecords(zone)) : this.#incremental(query, zone)
  }

  /** Responds with the differences, or with the whole zone if they are unknown (RFC 1995, section 4). */
  #incremental(query: Query, zone: Zone): Message | AsyncIterable<Buffer> {
    const { message, client } = query
    const serial = clientSerial(message, zone)
    if (serial === undefined) return responseTo(message, 'FORMERR')
    const current = authoritativeResponse(message, [zone.soa])
    if (!isNewer(zone.soa.data.serial, serial)) return current
    const differences = differencesSince(this.#options.store.history(zone.origin), serial)
    const complete = differences?.to.data.serial === zone.soa.data.serial ? differences : undefined
    if (client.transport !== 'udp') {
      return this.#stream(query, zone, complete ? ixfrRecords(complete) : axfrRecords(zone))
    }
    // If they do not fit, the response is the SOA alone, and the client repeats the query over TCP (RFC 1995, section 2).
    const full = complete && authoritativeResponse(message, [...ixfrRecords(complete)])
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

/** AXFR is undefined over UDP (RFC 5936, section 4.2). DNS over HTTPS has one response per query (RFC 8484, section 1). */
const UNSUPPORTED: Readonly<Record<TransferType, readonly Client['transport'][]>> = {
  AXFR: ['udp', 'https'],
  IXFR: ['https'],
}

function isTransfer(question: Question): question is Question & { readonly type: TransferType } {
  return question.type === 'AXFR' || question.type === 'IXFR'
}

/** Returns the client's serial, from the SOA in the authority section of its query (RFC 1995, section 3). */
function clientSerial({ authorities }: Message, zone: Zone): number | undefined {
  const [soa] = authorities
  return soa?.type === 'SOA' && fold(soa.name) === zone.origin ? soa.data.serial : undefined
}

function authoritativeResponse(message: Message, answers: readonly DnsRecord[]): Message {
  const response = responseTo(message)
  return { ...response, flags: { ...response.flags, aa: true }, answers }
}

function fits({ message, auth: { signer } }: Query, response: Message): boolean {
  const limit = udpPayloadSize(message) - (message.edns ? OPT_BYTES : 0) - (signer?.length ?? 0)
  return encodeAnswers(response, limit).left.length === 0
}

/** Yields all records of the zone, the SOA first and last (RFC 5936, section 2.2). */
function* axfrRecords(zone: Zone): Generator<DnsRecord> {
  yield* zone.records()
  yield zone.soa
}
