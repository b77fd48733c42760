/**
 * Zones as secondaries take them: whole (AXFR, RFC 5936), or what changed since the version that they have (IXFR, RFC
 * 1995). A transfer tells the zone as it was when it was asked for, and gives other queries their turn as it goes.
 */
import { setImmediate } from 'node:timers/promises'
import type { TypeName } from '../../../shared/dns/codes.ts'
import { encodeAnswers } from '../../../shared/dns/encode.ts'
import type { DnsRecord, Message, Question } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import type { Log } from '../../../shared/log.ts'
import { udpPayloadFor } from '../edns/edns.ts'
import { explain, REASON } from '../edns/extended-error.ts'
import type { Handler } from '../name-server.ts'
import { type Client, type Query, responseTo } from '../query.ts'
import type { ZoneChange } from '../store/history.ts'
import type { AccessList } from '../trust/access-list.ts'
import { isNewer } from '../zone/serial.ts'
import type { Zone } from '../zone/zone.ts'
import { differenceRecords, differencesSince } from './differences.ts'
import { writeTransfer } from './write-transfer.ts'

/** An OPT record without options, and with a cookie, which is the longest that a response of ours may have. */
const OPT_BYTES = 11 + 28
/** Transfers under way at once, as many as BIND allows; each holds a version of its zone. One more is to be tried later. */
const MAX_TRANSFERS = 10

export interface TransferHandlerOptions {
  readonly served: { readonly zones: ReadonlyMap<string, Zone>; history(origin: string): readonly ZoneChange[] }
  /** Who may transfer zones. */
  readonly allowed: AccessList
  readonly log: Pick<Log, 'info'>
}

export class TransferHandler implements Handler {
  readonly types: ReadonlySet<TypeName> = new Set(['AXFR', 'IXFR'])
  readonly #parts: TransferHandlerOptions
  #underWay = 0

  constructor(parts: TransferHandlerOptions) {
    this.#parts = parts
  }

  handle(query: Query): Message | AsyncIterable<Buffer> | undefined {
    const [question] = query.message.questions
    return question && isTransfer(question) ? this.#transfer(query, question) : undefined
  }

  #transfer(query: Query, question: Question & { readonly type: TransferType }): Message | AsyncIterable<Buffer> {
    const { message, client } = query
    if (UNSUITABLE[question.type].includes(client.transport)) return responseTo(message, 'FORMERR')
    const zone = question.class === 'IN' ? this.#parts.served.zones.get(fold(question.name)) : undefined
    if (!zone) return explain(responseTo(message, 'NOTAUTH'), REASON.NOT_AUTHORITATIVE)
    if (!this.#parts.allowed.permits(query)) return explain(responseTo(message, 'REFUSED'), REASON.PROHIBITED)
    return question.type === 'AXFR' ? this.#stream(query, zone, wholeZone(zone)) : this.#incremental(query, zone)
  }

  /** RFC 1995, section 4: what changed; or the zone as a whole, where what changed is not known. */
  #incremental(query: Query, zone: Zone): Message | AsyncIterable<Buffer> {
    const { message, client } = query
    const known = clientSerial(message, zone)
    if (known === undefined) return responseTo(message, 'FORMERR')
    const current = authoritative(message, [zone.soa])
    if (!isNewer(zone.soa.data.serial, known)) return current
    const differences = differencesSince(this.#parts.served.history(zone.origin), known)
    const complete = differences?.to.data.serial === zone.soa.data.serial ? differences : undefined
    if (client.transport !== 'udp') {
      return this.#stream(query, zone, complete ? differenceRecords(complete) : wholeZone(zone))
    }
    // RFC 1995, section 2: what does not fit is one SOA, and the client comes again by TCP.
    const full = complete && authoritative(message, [...differenceRecords(complete)])
    return full && fits(query, full) ? full : current
  }

  #stream(query: Query, zone: Zone, records: Iterable<DnsRecord>): Message | AsyncIterable<Buffer> {
    if (this.#underWay < MAX_TRANSFERS) return this.#inTurns(query, zone, records)
    return explain(responseTo(query.message, 'SERVFAIL'), REASON.OTHER, `${MAX_TRANSFERS} transfers are under way`)
  }

  async *#inTurns(query: Query, zone: Zone, records: Iterable<DnsRecord>): AsyncGenerator<Buffer> {
    const { address } = query.client
    this.#underWay++
    try {
      for (const message of writeTransfer(query, records)) {
        yield message
        await setImmediate()
      }
      this.#parts.log.info({ zone: zone.origin, serial: zone.soa.data.serial, to: address }, 'dns: zone transferred')
    } finally {
      this.#underWay--
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

function fits({ message, signature }: Query, response: Message): boolean {
  const limit = udpPayloadFor(message) - (message.edns ? OPT_BYTES : 0) - (signature?.length ?? 0)
  return encodeAnswers(response, limit).left.length === 0
}

/** Every record of the zone, its SOA first and last (RFC 5936, section 2.2). */
function* wholeZone(zone: Zone): Generator<DnsRecord> {
  yield* zone.records()
  yield zone.soa
}
