/** UPDATE messages for tests, their records written as RFC 2136, sections 2.4 and 2.5, names the cases. */
import { parseMasterFile } from '../../../servers/dns/master-file/master-file.ts'
import type { ClassName, TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord, Message, UpdateRecord } from '../../../shared/dns/message.ts'
import { message } from '../../shared/dns/messages.ts'

/** A record as a master file has it: `www.test. 60 A 192.0.2.1`. */
export function recordOf(line: string, recordClass: ClassName = 'IN'): DnsRecord {
  const [parsed] = [...parseMasterFile({ origin: 'test', text: line, file: 'test' })]
  if (!parsed) throw new Error(`no record: ${line}`)
  return { ...parsed.record, class: recordClass }
}

/** Of class ANY: "is there" as a prerequisite, "remove the set, or the name" as an update. */
export const any = (name: string, type: TypeName = 'ANY'): UpdateRecord => ({ name, type, class: 'ANY', ttl: 0 })

/** Of class NONE without data: "is not there" as a prerequisite. */
export const none = (name: string, type: TypeName = 'ANY'): UpdateRecord => ({ name, type, class: 'NONE', ttl: 0 })

/** Of the zone's class: "the set is this" as a prerequisite (TTL 0), "add it" as an update. */
export const is = (line: string): DnsRecord => recordOf(line)

/** Of class NONE with data: "remove this record" as an update. */
export const not = (line: string): DnsRecord => recordOf(line, 'NONE')

/** An UPDATE of the zone `test`. */
export function updateOf(
  updates: readonly UpdateRecord[],
  prerequisites: readonly UpdateRecord[] = [],
  change: Partial<Message> = {},
): Message {
  const questions = [{ name: 'test', type: 'SOA', class: 'IN' } as const]
  return message({ opcode: 'UPDATE', questions, update: { prerequisites, updates }, ...change })
}
