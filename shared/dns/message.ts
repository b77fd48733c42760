/** What a DNS message says (RFC 1035, section 4.1), apart from how it is written on the wire. */
import type { ClassName, Opcode, Rcode, TypeName } from './codes.ts'
import type { KnownType, RdataByType } from './data.ts'

export type * from './data.ts'
export type * from './dnssec-data.ts'

interface Owned {
  readonly name: string
  readonly class: ClassName
  /** Seconds. */
  readonly ttl: number
}

/** A record of one understood type. */
export type RecordOf<Type extends KnownType> = Owned & { readonly type: Type; readonly data: RdataByType[Type] }

/** A record whose data is carried as bytes (RFC 3597). */
export type OpaqueRecord = Owned & { readonly type: Exclude<TypeName, KnownType>; readonly data: Uint8Array }

/** A resource record; its `type` says what its `data` is. */
export type DnsRecord = { [Type in KnownType]: RecordOf<Type> }[KnownType] | OpaqueRecord

/**
 * In an UPDATE message, a name or a set of records spoken of as a whole: class ANY is "whatever is there", NONE "nothing is
 * there" (RFC 2136, sections 2.4 and 2.5). Its type may be ANY, its TTL is 0, and it has no data.
 */
export interface EmptyRecord {
  readonly name: string
  readonly class: 'ANY' | 'NONE'
  readonly ttl: number
  readonly type: TypeName
  readonly data?: undefined
}

/** What stands in the sections of an UPDATE message, in their order. */
export type UpdateRecord = DnsRecord | EmptyRecord

/** True where a record of an UPDATE message speaks of a set and has no data. */
export function isEmptyRecord(record: UpdateRecord): record is EmptyRecord {
  return record.data === undefined
}

/** The sections of an UPDATE message that stand where others have answers and authorities (RFC 2136, section 2). */
export interface Update {
  readonly prerequisites: readonly UpdateRecord[]
  readonly updates: readonly UpdateRecord[]
}

/** What is asked for (RFC 1035, section 4.1.2). */
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

/** A header with none of its bits set. */
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

/** One option of EDNS (RFC 6891, section 6.1.2), its data as bytes. */
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
  /** Without the OPT record: that is `edns`. */
  readonly additionals: readonly DnsRecord[]
  readonly edns?: Edns | undefined
  /** With opcode UPDATE: what stands in the places of `answers` and `authorities`, which are empty then. */
  readonly update?: Update | undefined
}

/** A query that asks for nothing: what a message says is laid over it. */
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

/** The bytes are not a DNS message. What could be read of the header is kept, so that an answer can still be given. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly header: Pick<Message, 'id' | 'response' | 'opcode' | 'flags'> | undefined

  constructor(message: string, header?: FormatError['header'], cause?: unknown) {
    super(message, { cause })
    this.header = header
  }
}
