/**
 * The RDATA of each known type. Names are in the form of `name.ts`. Character-strings are text in the form of
 * `rdata/text.ts`, which preserves bytes that are not UTF-8. Times are seconds.
 */
import type {
  CsyncData,
  DnskeyData,
  DsData,
  Nsec3Data,
  Nsec3ParamData,
  NsecData,
  RrsigData,
  ZonemdData,
} from './dnssec-data.ts'

/** RFC 1035, section 3.3.9. */
export interface MxData {
  readonly preference: number
  readonly exchange: string
}

/** RFC 2782. */
export interface SrvData {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** RFC 1035, section 3.3.13; `minimum` is the TTL of negative answers (RFC 2308). */
export interface SoaData {
  readonly mname: string
  readonly rname: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

/** RFC 8659. */
export interface CaaData {
  readonly flags: number
  readonly tag: string
  readonly value: string
}

/** RFC 1035, section 3.3.2. */
export interface HinfoData {
  readonly cpu: string
  readonly os: string
}

/** RFC 1035, section 3.3.7. */
export interface MinfoData {
  readonly responsible: string
  readonly errors: string
}

/** RFC 1183, section 2.2: a mailbox, and the owner name of TXT records that describe it. */
export interface RpData {
  readonly mailbox: string
  readonly text: string
}

/** RFC 1183, section 1. */
export interface AfsdbData {
  readonly subtype: number
  readonly host: string
}

/** RFC 2230. */
export interface KxData {
  readonly preference: number
  readonly exchanger: string
}

/**
 * RFC 1876. Positive latitudes are north, positive longitudes east, both in thousandths of a second of arc; the
 * altitude is in centimetres above the WGS 84 spheroid; the size and the precisions are diameters in centimetres.
 */
export interface LocData {
  readonly latitude: number
  readonly longitude: number
  readonly altitude: number
  readonly size: number
  readonly horizontalPrecision: number
  readonly verticalPrecision: number
}

/** RFC 3403, section 4.1. */
export interface NaptrData {
  readonly order: number
  readonly preference: number
  readonly flags: string
  readonly services: string
  readonly regexp: string
  readonly replacement: string
}

/** RFC 7553. */
export interface UriData {
  readonly priority: number
  readonly weight: number
  readonly target: string
}

/** RFC 4398. */
export interface CertData {
  readonly type: number
  readonly keyTag: number
  readonly algorithm: number
  readonly certificate: Uint8Array
}

/** RFC 4255. */
export interface SshfpData {
  readonly algorithm: number
  readonly type: number
  readonly fingerprint: Uint8Array
}

/** RFC 6698; SMIMEA too (RFC 8162). */
export interface TlsaData {
  readonly usage: number
  readonly selector: number
  readonly matchingType: number
  readonly association: Uint8Array
}

/** SvcParams by the names of their keys (RFC 9460, section 7; dohpath: RFC 9461; ohttp: RFC 9540). */
export interface SvcParams {
  /** Keys that a client must support to use the record. */
  readonly mandatory?: readonly string[]
  readonly alpn?: readonly string[]
  readonly 'no-default-alpn'?: true
  readonly port?: number
  readonly ipv4hint?: readonly string[]
  readonly ech?: Uint8Array
  readonly ipv6hint?: readonly string[]
  readonly dohpath?: string
  readonly ohttp?: true
  readonly [unknown: `key${number}`]: Uint8Array
}

/** RFC 9460; priority 0 means AliasMode. */
export interface SvcbData {
  readonly priority: number
  readonly target: string
  readonly params: SvcParams
}

/** The RDATA of the known types: those that are not carried as opaque bytes. */
export interface RdataByType {
  readonly A: string
  readonly AAAA: string
  readonly NS: string
  readonly MD: string
  readonly MF: string
  readonly CNAME: string
  readonly SOA: SoaData
  readonly MB: string
  readonly MG: string
  readonly MR: string
  readonly PTR: string
  readonly HINFO: HinfoData
  readonly MINFO: MinfoData
  readonly MX: MxData
  readonly TXT: readonly Uint8Array[]
  readonly RP: RpData
  readonly AFSDB: AfsdbData
  readonly LOC: LocData
  readonly SRV: SrvData
  readonly NAPTR: NaptrData
  readonly KX: KxData
  readonly CERT: CertData
  readonly DNAME: string
  readonly DS: DsData
  readonly SSHFP: SshfpData
  readonly RRSIG: RrsigData
  readonly NSEC: NsecData
  readonly DNSKEY: DnskeyData
  readonly DHCID: Uint8Array
  readonly NSEC3: Nsec3Data
  readonly NSEC3PARAM: Nsec3ParamData
  readonly TLSA: TlsaData
  readonly SMIMEA: TlsaData
  readonly CDS: DsData
  readonly CDNSKEY: DnskeyData
  readonly OPENPGPKEY: Uint8Array
  readonly CSYNC: CsyncData
  readonly ZONEMD: ZonemdData
  readonly SVCB: SvcbData
  readonly HTTPS: SvcbData
  readonly SPF: readonly Uint8Array[]
  readonly URI: UriData
  readonly CAA: CaaData
}

/** The name of a known type: `MX`. */
export type KnownType = keyof RdataByType
