/** What a DNS message says (RFC 1035, section 4.1), apart from how it is written on the wire. */
import type { ClassName, Opcode, Rcode, TypeName } from './codes.ts'

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

export interface HinfoData {
  readonly cpu: string
  readonly os: string
}

/** The types whose data is understood. Names in it are as in `name.ts`; TXT holds its strings as bytes. */
export interface DataByType {
  readonly A: string
  readonly AAAA: string
  readonly NS: string
  readonly CNAME: string
  readonly DNAME: string
  readonly PTR: string
  readonly SOA: SoaData
  readonly MX: MxData
  readonly SRV: SrvData
  readonly TXT: readonly Uint8Array[]
  readonly CAA: CaaData
  readonly HINFO: HinfoData
}

export type UnderstoodType = keyof DataByType

interface Owned {
  readonly name: string
  readonly class: ClassName
  /** Seconds. */
  readonly ttl: number
}

/** A record of one understood type. */
export type RecordOf<Type extends UnderstoodType> = Owned & { readonly type: Type; readonly data: DataByType[Type] }

/** A record whose data is carried as bytes (RFC 3597). */
export type OpaqueRecord = Owned & { readonly type: Exclude<TypeName, UnderstoodType>; readonly data: Uint8Array }

export type DnsRecord = { [Type in UnderstoodType]: RecordOf<Type> }[UnderstoodType] | OpaqueRecord

export interface Question {
  readonly name: string
  readonly type: TypeName
  readonly class: ClassName
}

export interface Flags {
  /** Authoritative answer. */
  readonly aa: boolean
  /** Truncated. */
  readonly tc: boolean
  /** Recursion desired. */
  readonly rd: boolean
  /** Recursion available. */
  readonly ra: boolean
  /** Authentic data (RFC 4035). */
  readonly ad: boolean
  /** Checking disabled (RFC 4035). */
  readonly cd: boolean
}

export const NO_FLAGS: Flags = { aa: false, tc: false, rd: false, ra: false, ad: false, cd: false }

/** What the OPT record says (RFC 6891); the upper bits of its rcode are part of `Message.rcode`. */
export interface Edns {
  readonly version: number
  /** The largest UDP payload that the sender can take. */
  readonly udpPayloadSize: number
  /** DNSSEC OK (RFC 3225). */
  readonly dnssecOk: boolean
  readonly options: readonly EdnsOption[]
}

export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
}

export interface Message {
  readonly id: number
  /** QR: false is a query, true a response. */
  readonly response: boolean
  readonly opcode: Opcode
  readonly rcode: Rcode
  readonly flags: Flags
  readonly questions: readonly Question[]
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  /** Without the OPT record: that is `edns`. */
  readonly additionals: readonly DnsRecord[]
  readonly edns?: Edns | undefined
}

/** The bytes are not a DNS message. What could be read of the header is kept, so that an answer can still be given. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly header: Pick<Message, 'id' | 'response' | 'opcode' | 'flags'> | undefined

  constructor(message: string, header?: FormatError['header'], cause?: unknown) {
    super(message, { cause })
    this.header = header
  }
}
