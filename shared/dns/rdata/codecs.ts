/** The known types, each with the codecs of its fields in their order. */
import type {
  AfsdbData,
  CaaData,
  CertData,
  HinfoData,
  KnownType,
  KxData,
  MinfoData,
  MxData,
  NaptrData,
  RdataByType,
  RpData,
  SoaData,
  SrvData,
  SshfpData,
  TlsaData,
  UriData,
} from '../data.ts'
import type {
  CsyncData,
  DnskeyData,
  DsData,
  Nsec3Data,
  Nsec3ParamData,
  NsecData,
  RrsigData,
  ZonemdData,
} from '../dnssec-data.ts'
import { ipv4, ipv6 } from './addresses.ts'
import { base64, hash, hex, salt, typeBitmap } from './binary.ts'
import { type Codec, fields } from './codec.ts'
import { loc } from './loc.ts'
import { algorithm, certificateType, recordType, seconds, timestamp, u8, u16, u32 } from './numbers.ts'
import { caaTag, compressibleName, name, restString, string, strings } from './strings.ts'
import { svcb } from './svcb.ts'

const ds = fields<DsData>({
  keyTag: u16('key tag'),
  algorithm,
  digestType: u8('digest type'),
  digest: hex('digest'),
})

const dnskey = fields<DnskeyData>({
  flags: u16('flags'),
  protocol: u8('protocol'),
  algorithm,
  publicKey: base64('public key'),
})

const tlsa = fields<TlsaData>({
  usage: u8('usage'),
  selector: u8('selector'),
  matchingType: u8('matching type'),
  association: hex('association data'),
})

const nsec3Param = {
  algorithm: u8('hash algorithm'),
  flags: u8('flags'),
  iterations: u16('iterations'),
  salt,
}

export const CODECS: { readonly [Type in KnownType]: Codec<RdataByType[Type]> } = {
  A: ipv4,
  AAAA: ipv6,
  NS: compressibleName('name server'),
  MD: compressibleName('mail destination'),
  MF: compressibleName('mail forwarder'),
  CNAME: compressibleName('canonical name'),
  SOA: fields<SoaData>({
    mname: compressibleName('primary server'),
    rname: compressibleName("hostmaster's mailbox"),
    serial: u32('serial'),
    refresh: seconds('refresh time'),
    retry: seconds('retry time'),
    expire: seconds('expire time'),
    minimum: seconds('minimum TTL'),
  }),
  MB: compressibleName('mailbox host'),
  MG: compressibleName('mailbox'),
  MR: compressibleName('new mailbox'),
  PTR: compressibleName('name'),
  HINFO: fields<HinfoData>({ cpu: string('CPU'), os: string('OS') }),
  MINFO: fields<MinfoData>({ responsible: compressibleName('responsible'), errors: compressibleName('error mailbox') }),
  MX: fields<MxData>({ preference: u16('preference'), exchange: compressibleName('mail exchange') }),
  TXT: strings,
  RP: fields<RpData>({ mailbox: name('mailbox'), text: name('name of the text') }),
  AFSDB: fields<AfsdbData>({ subtype: u16('subtype'), host: name('host') }),
  LOC: loc,
  SRV: fields<SrvData>({
    priority: u16('priority'),
    weight: u16('weight'),
    port: u16('port'),
    target: name('target'),
  }),
  NAPTR: fields<NaptrData>({
    order: u16('order'),
    preference: u16('preference'),
    flags: string('flags'),
    services: string('services'),
    regexp: string('regular expression'),
    replacement: name('replacement'),
  }),
  KX: fields<KxData>({ preference: u16('preference'), exchanger: name('exchanger') }),
  CERT: fields<CertData>({
    type: certificateType,
    keyTag: u16('key tag'),
    algorithm,
    certificate: base64('certificate'),
  }),
  DNAME: name('target'),
  DS: ds,
  SSHFP: fields<SshfpData>({
    algorithm: u8('algorithm'),
    type: u8('fingerprint type'),
    fingerprint: hex('fingerprint'),
  }),
  RRSIG: fields<RrsigData>({
    typeCovered: recordType,
    algorithm,
    labels: u8('labels'),
    originalTtl: seconds('original TTL'),
    expiration: timestamp('expiration'),
    inception: timestamp('inception'),
    keyTag: u16('key tag'),
    signer: name("signer's name"),
    signature: base64('signature'),
  }),
  NSEC: fields<NsecData>({ next: name('next name'), types: typeBitmap }),
  DNSKEY: dnskey,
  DHCID: base64('identifier'),
  NSEC3: fields<Nsec3Data>({ ...nsec3Param, nextHash: hash, types: typeBitmap }),
  NSEC3PARAM: fields<Nsec3ParamData>(nsec3Param),
  TLSA: tlsa,
  SMIMEA: tlsa,
  CDS: ds,
  CDNSKEY: dnskey,
  OPENPGPKEY: base64('key'),
  CSYNC: fields<CsyncData>({ serial: u32('serial'), flags: u16('flags'), types: typeBitmap }),
  ZONEMD: fields<ZonemdData>({
    serial: u32('serial'),
    scheme: u8('scheme'),
    algorithm: u8('hash algorithm'),
    digest: hex('digest'),
  }),
  SVCB: svcb,
  HTTPS: svcb,
  SPF: strings,
  URI: fields<UriData>({ priority: u16('priority'), weight: u16('weight'), target: restString('target') }),
  CAA: fields<CaaData>({ flags: u8('flags'), tag: caaTag, value: restString('value') }),
}
