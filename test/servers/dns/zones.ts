/** Builds zones and queries them, for tests. */
import { loadZone } from '../../../servers/dns/master-file/load-zone.ts'
import { NameServer } from '../../../servers/dns/name-server.ts'
import { answer, type Zones } from '../../../servers/dns/query/answer.ts'
import type { Client } from '../../../servers/dns/query/query.ts'
import type { Zone } from '../../../servers/dns/zone/zone.ts'
import type { TypeName } from '../../../shared/dns/codes.ts'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import type { DnsRecord, Message } from '../../../shared/dns/message.ts'
import { printRecord } from '../../../shared/dns/print.ts'
import { silentLog } from '../../../shared/log.ts'
import { message } from '../../shared/dns/messages.ts'

const APEX = '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\n'

/** Loads a zone of these records, preceded by an SOA, a name server and a TTL of 60. */
export function zone(records: string, origin = 'test'): Zone {
  return loadZone({ origin, text: APEX + records, file: `${origin}.zone` })
}

export function zones(...all: Zone[]): Zones {
  return new Map(all.map(one => [one.origin, one]))
}

/** Prints records with single blanks: `www.test. 60 IN A 127.0.0.1`. */
export function lines(records: readonly DnsRecord[]): string[] {
  return records.map(record => printRecord(record).replaceAll('\t', ' '))
}

/** Returns the answer to a question as text. */
export function answerTo(served: Zones, name: string, type: TypeName) {
  const { rcode, aa, answers, authorities, additionals } = answer(served, { name, type, class: 'IN' })
  return {
    rcode: aa ? `${rcode} aa` : rcode,
    answer: lines(answers),
    authority: lines(authorities),
    additional: lines(additionals),
  }
}

/** Encodes a query, and decodes the server's response. */
export function exchange(
  served: Zones,
  change: Partial<Message>,
  transport: Client['transport'] = 'udp',
): Message & { size: number } {
  const bytes = respondTo(served, encodeMessage(message(change)), transport)
  if (!bytes) throw new Error('no response')
  return { ...decodeMessage(bytes), size: bytes.length }
}

/** Returns the bytes with which a server of these zones responds; undefined if it does not respond. */
export function respondTo(zones: Zones, bytes: Uint8Array, transport: Client['transport'] = 'udp'): Buffer | undefined {
  const server = new NameServer({ store: { zones }, log: silentLog })
  const reply = server.handle(Buffer.from(bytes), { transport, address: '127.0.0.1', port: 4444 })
  if (reply !== undefined && !Buffer.isBuffer(reply)) throw new Error('expected a synchronous response')
  return reply
}
