/** Changes to a zone at run time, and why one is refused. Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { FourwireError } from '../../../shared/errors.ts'
import type { RecordSet } from './node.ts'

export type Edit =
  /** The records, all of one owner and type, take the place of what is there of these. */
  | { readonly kind: 'set'; readonly records: RecordSet }
  /** The record joins its set, whose TTL becomes the record's; a second SOA, CNAME or DNAME takes the first one's place. */
  | { readonly kind: 'add'; readonly record: DnsRecord }
  /** One record (its TTL does not matter), else all of the type, else all of the name. */
  | { readonly kind: 'remove'; readonly name: string; readonly type?: TypeName; readonly record?: DnsRecord }

/** Why an edit is refused, for the wire's codes. */
export type EditFault =
  /** No zone of that origin is served. */
  | 'no-zone'
  /** The name is not in the zone. */
  | 'not-in-zone'
  /** The zone would be none with it: a CNAME beside other data, no SOA, no name server. */
  | 'breaks-zone'
  /** The records are none that a zone can hold. */
  | 'bad-data'
  /** There are as many changed at run time as are kept. */
  | 'too-many'

/** What becomes of edits that would break the zone: all are refused, or these are left out (RFC 2136, section 3.4.2). */
export type InvalidEdits = 'refuse' | 'skip'

/** An edit that is refused; none of those given with it is done. */
export class EditError extends FourwireError {
  override readonly name = 'EditError'
  readonly exitCode = 2
  readonly fault: EditFault

  constructor(fault: EditFault, message: string) {
    super(message)
    this.fault = fault
  }
}
