/**
 * 0x20: the letters of a question in random case, which its response repeats (draft-vixie-dnsext-dns0x20). Whoever forges a
 * response has to guess them beside the id and the port. Pure.
 */
import type { DnsRecord, Message } from '../message.ts'
import { fold, labelsOf } from '../name.ts'

/** Enough bits for every letter of the longest name. */
export const CASE_BYTES = 32

/** The same name; each letter's case is one bit of `random`. */
export function randomizeCase(name: string, random: Buffer): string {
  let index = 0
  return name.replace(/[a-z]/gi, letter => {
    const bit = (random.readUInt8((index >> 3) % random.length) >> (index & 7)) & 1
    index++
    return bit ? letter.toUpperCase() : letter.toLowerCase()
  })
}

/**
 * The response with the names that were mixed as they were before: a server writes names below the one that was asked by
 * pointing into the question, so its letters are all over the message.
 */
export function restoreCase(message: Message, sent: string, wanted: string): Message {
  const unmix = (name: string) => restoreNameCase(name, sent, wanted)
  const record = (one: DnsRecord) => restoreRecordCase(one, unmix)
  return {
    ...message,
    questions: message.questions.map(question => ({ ...question, name: unmix(question.name) })),
    answers: message.answers.map(record),
    authorities: message.authorities.map(record),
    additionals: message.additionals.map(record),
  }
}

/** Gives the last labels that are those of `sent`, letter by letter, the letters that they have in `wanted`. */
function restoreNameCase(name: string, sent: string, wanted: string): string {
  const [own, theirs, ours] = [labelsOf(name), labelsOf(sent), labelsOf(wanted)]
  let same = 0
  while (same < own.length && same < theirs.length && own.at(-1 - same) === theirs.at(-1 - same)) same++
  return same === 0 ? name : [...own.slice(0, -same), ...ours.slice(-same)].join('.')
}

function restoreRecordCase(record: DnsRecord, unmix: (name: string) => string): DnsRecord {
  const name = unmix(record.name)
  switch (record.type) {
    case 'NS':
    case 'CNAME':
    case 'DNAME':
    case 'PTR':
      return { ...record, name, data: unmix(record.data) }
    case 'MX':
      return { ...record, name, data: { ...record.data, exchange: unmix(record.data.exchange) } }
    case 'SRV':
      return { ...record, name, data: { ...record.data, target: unmix(record.data.target) } }
    case 'SOA':
      return {
        ...record,
        name,
        data: { ...record.data, mname: unmix(record.data.mname), rname: unmix(record.data.rname) },
      }
    default:
      return { ...record, name }
  }
}

/** True where both are the same name, though perhaps in other letters. */
export function namesEqual(one: string, other: string): boolean {
  return fold(one) === fold(other)
}
