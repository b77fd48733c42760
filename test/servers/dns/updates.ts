/** Builds UPDATE messages for tests (RFC 2136, sections 2.4 and 2.5). */
import { parseMasterFile } from '../../../servers/dns/master-file/master-file.ts'
import type { ClassName, TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord, Message, UpdateRecord } from '../../../shared/dns/message.ts'
import { message } from '../../shared/dns/messages.ts'

/** Parses one line of a master file: `www.test. 60 A 192.0.2.1`. */
export function recordOf(line: string, recordClass: ClassName = 'IN'): DnsRecord {
  const [parsed] = [...parseMasterFile({ origin: 'test', text: line, file: 'test' })]
  if (!parsed) throw new Error(`no record: ${line}`)
  return { ...parsed.record, class: recordClass }
}

/** Class ANY. As a prerequisite: the name or set exists. As an update: remove the name or set. */
export const any = (name: string, type: TypeName = 'ANY'): UpdateRecord => ({ name, type, class: 'ANY', ttl: 0 })

/** Class NONE without data. As a prerequisite: the name or set does not exist. */
export const none = (name: string, type: TypeName = 'ANY'): UpdateRecord => ({ name, type, class: 'NONE', ttl: 0 })

/** The zone's class. As a prerequisite (TTL 0): the set has this record. As an update: add the record. */
export const is = (line: string): DnsRecord => recordOf(line)

/** Class NONE with data. As an update: remove the record. */
export const not = (line: string): DnsRecord => recordOf(line, 'NONE')

/** Builds an UPDATE of the zone `test`. */
export function updateOf(
  updates: readonly UpdateRecord[],
  prerequisites: readonly UpdateRecord[] = [],
  change: Partial<Message> = {},
): Message {
  const questions = [{ name: 'test', type: 'SOA', class: 'IN' } as const]
  return message({ opcode: 'UPDATE', questions, update: { prerequisites, updates }, ...change })
}
