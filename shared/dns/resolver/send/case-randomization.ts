/**
 * 0x20: queries with the name in random case, which the response repeats (draft-vixie-dnsext-dns0x20). To forge a
 * response, an attacker must guess the case in addition to the id and the port. Pure.
 */
import type { DnsRecord, Message } from '../../message.ts'
import { fold, labelsOf } from '../../name.ts'

/** One bit for every letter of the longest name. */
export const CASE_BYTES = 32

/** Returns the name with the case of each letter set by one bit of `random`. */
export function randomizeCase(name: string, random: Buffer): string {
  let index = 0
  return name.replace(/[a-z]/gi, letter => {
    const bit = (random.readUInt8((index >> 3) % random.length) >> (index & 7)) & 1
    index++
    return bit ? letter.toUpperCase() : letter.toLowerCase()
  })
}

/**
 * Restores the original case of the name in the whole response: servers compress names with pointers into the question,
 * so its random case appears in other names too.
 */
export function restoreCase(message: Message, sent: string, original: string): Message {
  const restore = (name: string) => restoreNameCase(name, sent, original)
  const record = (one: DnsRecord) => restoreRecordCase(one, restore)
  return {
    ...message,
    questions: message.questions.map(question => ({ ...question, name: restore(question.name) })),
    answers: message.answers.map(record),
    authorities: message.authorities.map(record),
    additionals: message.additionals.map(record),
  }
}

/** Replaces the last labels of `name` that are equal to those of `sent`, in the same case, by those of `original`. */
function restoreNameCase(name: string, sent: string, original: string): string {
  const [labels, sentLabels, originalLabels] = [labelsOf(name), labelsOf(sent), labelsOf(original)]
  let shared = 0
  while (
    shared < labels.length &&
    shared < sentLabels.length &&
    labels.at(-1 - shared) === sentLabels.at(-1 - shared)
  ) {
    shared++
  }
  return shared === 0 ? name : [...labels.slice(0, -shared), ...originalLabels.slice(-shared)].join('.')
}

function restoreRecordCase(record: DnsRecord, restore: (name: string) => string): DnsRecord {
  const name = restore(record.name)
  switch (record.type) {
    case 'NS':
    case 'CNAME':
    case 'DNAME':
    case 'PTR':
      return { ...record, name, data: restore(record.data) }
    case 'MX':
      return { ...record, name, data: { ...record.data, exchange: restore(record.data.exchange) } }
    case 'SRV':
      return { ...record, name, data: { ...record.data, target: restore(record.data.target) } }
    case 'SOA':
      return {
        ...record,
        name,
        data: { ...record.data, mname: restore(record.data.mname), rname: restore(record.data.rname) },
      }
    default:
      return { ...record, name }
  }
}

/** Returns true if both names are equal, ignoring case. */
export function namesEqual(one: string, other: string): boolean {
  return fold(one) === fold(other)
}
