/** Messages for tests: a plain one to change, and arbitrary ones of every type that is understood. */
import fc from 'fast-check'
import type { TypeName } from '../../../shared/dns/codes.ts'
import {
  type DataByType,
  type DnsRecord,
  type Message,
  NO_FLAGS,
  type UnderstoodType,
} from '../../../shared/dns/message.ts'
import { escapeByte } from '../../../shared/dns/name.ts'
import { shortIpv6 } from '../../../shared/dns/rdata.ts'

/** A query for `www.fourwire.test A`, changed as asked. */
export function message(change: Partial<Message> = {}): Message {
  return {
    id: 0x1234,
    response: false,
    opcode: 'QUERY',
    rcode: 'NOERROR',
    flags: NO_FLAGS,
    questions: [{ name: 'www.fourwire.test', type: 'A', class: 'IN' }],
    answers: [],
    authorities: [],
    additionals: [],
    edns: undefined,
    ...change,
  }
}

/** A record of class IN with a TTL of 60. */
export function record<Type extends TypeName>(
  name: string,
  type: Type,
  data: Type extends UnderstoodType ? DataByType[Type] : Uint8Array,
): DnsRecord {
  return { name, class: 'IN', ttl: 60, type, data } as DnsRecord
}

const label = fc.uint8Array({ minLength: 1, maxLength: 12 }).map(bytes => Array.from(bytes, escapeByte).join(''))
const name = fc.oneof(
  fc.constantFrom('.', 'fourwire.test', 'www.fourwire.test', 'WWW.fourwire.test'),
  fc.array(label, { minLength: 1, maxLength: 5 }).map(labels => labels.join('.')),
)
const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const string = fc.uint8Array({ maxLength: 255 }).map(bytes => Buffer.from(bytes))
const text = fc.string({ maxLength: 60 })

const DATA: { readonly [Type in UnderstoodType]: fc.Arbitrary<unknown> } = {
  A: fc.ipV4(),
  AAAA: fc.ipV6().map(shortIpv6),
  NS: name,
  CNAME: name,
  DNAME: name,
  PTR: name,
  SOA: fc.record({ mname: name, rname: name, serial: u32, refresh: u32, retry: u32, expire: u32, minimum: u32 }),
  MX: fc.record({ preference: u16, exchange: name }),
  SRV: fc.record({ priority: u16, weight: u16, port: u16, target: name }),
  TXT: fc.array(string, { minLength: 1, maxLength: 3 }),
  CAA: fc.record({ flags: u8, tag: fc.stringMatching(/^[a-z]{1,20}$/), value: text }),
  HINFO: fc.record({ cpu: text, os: text }),
}

export const anyRecord: fc.Arbitrary<DnsRecord> = fc
  .constantFrom(...(Object.keys(DATA) as UnderstoodType[]), 'TYPE65280' as const, 'SVCB' as const)
  .chain(type =>
    fc.record({
      name,
      type: fc.constant(type),
      class: fc.constantFrom('IN', 'CH', 'CLASS77'),
      ttl: fc.integer({ min: 0, max: 0x7fffffff }),
      data: type in DATA ? DATA[type as UnderstoodType] : string,
    }),
  )
  // The data was made for the type.
  .map(made => made as DnsRecord)

const bit = fc.boolean()

export const anyMessage: fc.Arbitrary<Message> = fc.record({
  id: u16,
  response: bit,
  opcode: fc.constantFrom('QUERY', 'NOTIFY', 'OPCODE9'),
  rcode: fc.constantFrom('NOERROR', 'NXDOMAIN', 'RCODE15'),
  flags: fc.record({ aa: bit, tc: bit, rd: bit, ra: bit, ad: bit, cd: bit }),
  questions: fc.array(
    fc.record({ name, type: fc.constantFrom('A', 'ANY', 'TYPE999'), class: fc.constantFrom('IN', 'ANY') }),
    { maxLength: 2 },
  ),
  answers: fc.array(anyRecord, { maxLength: 5 }),
  authorities: fc.array(anyRecord, { maxLength: 3 }),
  additionals: fc.array(anyRecord, { maxLength: 3 }),
  edns: fc.option(
    fc.record({
      version: u8,
      udpPayloadSize: u16,
      dnssecOk: bit,
      options: fc.array(fc.record({ code: u16, data: string }), { maxLength: 3 }),
    }),
    { nil: undefined },
  ),
})
