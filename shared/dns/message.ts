/** A DNS message (RFC 1035, section 4.1), independent of its wire format. */
import type { ClassName, Opcode, Rcode, TypeName } from './codes.ts'
import type { KnownType, RdataByType } from './data.ts'

export type * from './data.ts'
export type * from './dnssec-data.ts'

interface RecordHeader {
  readonly name: string
  readonly class: ClassName
  /** Seconds. */
  readonly ttl: number
}

/** A record of one known type. */
export type RecordOf<Type extends KnownType> = RecordHeader & { readonly type: Type; readonly data: RdataByType[Type] }

/** A record of an unknown type: its data is opaque bytes (RFC 3597). */
export type OpaqueRecord = RecordHeader & { readonly type: Exclude<TypeName, KnownType>; readonly data: Uint8Array }

/** A resource record; its `type` determines the type of its `data`. */
export type DnsRecord = { [Type in KnownType]: RecordOf<Type> }[KnownType] | OpaqueRecord

/**
 * A record without RDATA in an UPDATE message. It stands for all RRsets at a name (type ANY) or for one RRset. As a
 * prerequisite, class ANY means "exists" and NONE "does not exist"; as an update, ANY means "delete" (RFC 2136,
 * sections 2.4 and 2.5). Its TTL is 0.
 */
export interface EmptyRecord {
  readonly name: string
  readonly class: 'ANY' | 'NONE'
  readonly ttl: number
  readonly type: TypeName
  readonly data?: undefined
}

/** A record in the prerequisite or update section of an UPDATE message. */
export type UpdateRecord = DnsRecord | EmptyRecord

/** Returns true if a record of an UPDATE message has no RDATA. */
export function isEmptyRecord(record: UpdateRecord): record is EmptyRecord {
  return record.data === undefined
}

/** The sections of an UPDATE message in place of answers and authorities (RFC 2136, section 2). */
export interface Update {
  readonly prerequisites: readonly UpdateRecord[]
  readonly updates: readonly UpdateRecord[]
}

/** RFC 1035, section 4.1.2. */
export interface Question {
  readonly name: string
  readonly type: TypeName
  readonly class: ClassName
}

/** The bits of the header (RFC 1035, section 4.1.1). */
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

/** No bit set. */
export const NO_FLAGS: Flags = { aa: false, tc: false, rd: false, ra: false, ad: false, cd: false }

/** The OPT record (RFC 6891); the upper bits of its rcode are part of `Message.rcode`. */
export interface Edns {
  readonly version: number
  /** The largest UDP payload that the sender can receive. */
  readonly udpPayloadSize: number
  /** DNSSEC OK (RFC 3225). */
  readonly dnssecOk: boolean
  readonly options: readonly EdnsOption[]
}

/** One EDNS option (RFC 6891, section 6.1.2). */
export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
}

/** A query or a response. */
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
  /** Without the OPT record, which is in `edns`. */
  readonly additionals: readonly DnsRecord[]
  readonly edns?: Edns | undefined
  /** Only with opcode UPDATE; `answers` and `authorities` are then empty. */
  readonly update?: Update | undefined
}

/** A query without a question, to derive other messages from. */
export const EMPTY_MESSAGE: Message = {
  id: 0,
  response: false,
  opcode: 'QUERY',
  rcode: 'NOERROR',
  flags: NO_FLAGS,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
}

/** Malformed message. It carries the header, if that was decoded, so that a server can still respond FORMERR. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly header: Pick<Message, 'id' | 'response' | 'opcode' | 'flags'> | undefined

  constructor(message: string, header?: FormatError['header'], cause?: unknown) {
    super(message, { cause })
    this.header = header
  }
}
