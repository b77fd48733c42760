/** Messages for tests: a default one to modify, and arbitrary ones with records of every known type. */
import fc from 'fast-check'
import type { TypeName } from '../../../shared/dns/codes.ts'
import {
  type DnsRecord,
  type KnownType,
  type Message,
  NO_FLAGS,
  type RdataByType,
} from '../../../shared/dns/message.ts'
import { escapeByte } from '../../../shared/dns/name.ts'
import { shortIpv6 } from '../../../shared/dns/rdata/addresses.ts'
import { typeCode } from '../../../shared/dns/rdata/numbers.ts'
import { bytesToText } from '../../../shared/dns/rdata/text.ts'

/** Returns a query for `www.fourwire.test A` with some fields replaced. */
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

/** Returns a record of class IN with a TTL of 60. */
export function record<Type extends TypeName>(
  name: string,
  type: Type,
  data: Type extends KnownType ? RdataByType[Type] : Uint8Array,
): DnsRecord {
  return { name, class: 'IN', ttl: 60, type, data } as DnsRecord
}

/** A label of arbitrary bytes, with canonical escapes. */
const label = fc.uint8Array({ minLength: 1, maxLength: 12 }).map(bytes => Array.from(bytes, escapeByte).join(''))
export const anyName = fc.oneof(
  fc.constantFrom('.', 'fourwire.test', 'www.fourwire.test', 'WWW.fourwire.test'),
  fc.array(label, { minLength: 1, maxLength: 5 }).map(labels => labels.join('.')),
)
const name = anyName
const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const string = fc.uint8Array({ maxLength: 255 }).map(bytes => Buffer.from(bytes))
const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).map(some => Buffer.from(some))
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), bytes.map(bytesToText))
const types = fc
  .uniqueArray(fc.constantFrom('A', 'NS', 'SOA', 'MX', 'AAAA', 'RRSIG', 'CAA', 'TYPE65280'), { minLength: 1 })
  .map(some => some.sort((one, other) => typeCode(one) - typeCode(other)))

const ds = fc.record({ keyTag: u16, algorithm: u8, digestType: u8, digest: bytes })
const dnskey = fc.record({ flags: u16, protocol: u8, algorithm: u8, publicKey: bytes })
const tlsa = fc.record({ usage: u8, selector: u8, matchingType: u8, association: bytes })
const strings = fc.array(string, { minLength: 1, maxLength: 3 })
const nsec3Param = { algorithm: u8, flags: u8, iterations: u16, salt: string }
const angle = (degrees: number) => fc.integer({ min: -degrees * 3_600_000, max: degrees * 3_600_000 })
const size = fc.tuple(fc.nat(9), fc.nat(9)).map(([digit, power]) => digit * 10 ** power)
const nonEmptyText = text.filter(one => one !== '')
const svcParams = fc
  .record(
    {
      alpn: fc.array(nonEmptyText, { minLength: 1, maxLength: 3 }),
      port: u16,
      ipv4hint: fc.array(fc.ipV4(), { minLength: 1, maxLength: 3 }),
      ech: bytes,
      ipv6hint: fc.array(fc.ipV6().map(shortIpv6), { minLength: 1, maxLength: 3 }),
      dohpath: nonEmptyText,
      ohttp: fc.constant(true),
      key65333: string,
    },
    { requiredKeys: [] },
  )
  .map(params => ('alpn' in params && 'port' in params ? { mandatory: ['alpn', 'port'], ...params } : params))
const svcb = fc.record({ priority: fc.integer({ min: 1, max: 0xffff }), target: name, params: svcParams })

const DATA: { readonly [Type in KnownType]: fc.Arbitrary<unknown> } = {
  A: fc.ipV4(),
  AAAA: fc.ipV6().map(shortIpv6),
  NS: name,
  MD: name,
  MF: name,
  CNAME: name,
  DNAME: name,
  MB: name,
  MG: name,
  MR: name,
  PTR: name,
  SOA: fc.record({ mname: name, rname: name, serial: u32, refresh: u32, retry: u32, expire: u32, minimum: u32 }),
  MX: fc.record({ preference: u16, exchange: name }),
  SRV: fc.record({ priority: u16, weight: u16, port: u16, target: name }),
  TXT: strings,
  SPF: strings,
  CAA: fc.record({ flags: u8, tag: fc.stringMatching(/^[a-z]{1,20}$/), value: text }),
  HINFO: fc.record({ cpu: text, os: text }),
  MINFO: fc.record({ responsible: name, errors: name }),
  RP: fc.record({ mailbox: name, text: name }),
  AFSDB: fc.record({ subtype: u16, host: name }),
  LOC: fc.record({
    latitude: angle(90),
    longitude: angle(180),
    altitude: fc.integer({ min: -10_000_000, max: 4_284_967_295 }),
    size,
    horizontalPrecision: size,
    verticalPrecision: size,
  }),
  NAPTR: fc.record({ order: u16, preference: u16, flags: text, services: text, regexp: text, replacement: name }),
  KX: fc.record({ preference: u16, exchanger: name }),
  CERT: fc.record({ type: u16, keyTag: u16, algorithm: u8, certificate: bytes }),
  DS: ds,
  CDS: ds,
  SSHFP: fc.record({ algorithm: u8, type: u8, fingerprint: bytes }),
  RRSIG: fc.record({
    typeCovered: fc.constantFrom('A', 'TYPE65280'),
    algorithm: u8,
    labels: u8,
    originalTtl: u32,
    expiration: u32,
    inception: u32,
    keyTag: u16,
    signer: name,
    signature: bytes,
  }),
  NSEC: fc.record({ next: name, types }),
  DNSKEY: dnskey,
  CDNSKEY: dnskey,
  DHCID: bytes,
  NSEC3: fc.record({ ...nsec3Param, nextHash: bytes, types }),
  NSEC3PARAM: fc.record(nsec3Param),
  TLSA: tlsa,
  SMIMEA: tlsa,
  OPENPGPKEY: bytes,
  CSYNC: fc.record({ serial: u32, flags: u16, types }),
  ZONEMD: fc.record({ serial: u32, scheme: u8, algorithm: u8, digest: bytes }),
  SVCB: svcb,
  HTTPS: svcb,
  URI: fc.record({ priority: u16, weight: u16, target: text }),
}

export const anyRecord: fc.Arbitrary<DnsRecord> = fc
  .constantFrom(...(Object.keys(DATA) as KnownType[]), 'TYPE65280' as const, 'APL' as const)
  .chain(type =>
    fc.record({
      name,
      type: fc.constant(type),
      class: fc.constantFrom('IN', 'CH', 'CLASS77'),
      ttl: fc.integer({ min: 0, max: 0x7fffffff }),
      data: type in DATA ? DATA[type as KnownType] : string,
    }),
  )
  // Safe: the data belongs to the type.
  .map(generated => generated as DnsRecord)

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
