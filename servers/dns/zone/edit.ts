/** Changes of a zone at run time, and the error for those that cannot be made. Pure. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { FourwireError } from '../../../shared/errors.ts'
import type { RecordSet } from './node.ts'

export type Edit =
  /** Replaces the records of the same owner and type. */
  | { readonly kind: 'set'; readonly records: RecordSet }
  /** Adds a record to its set, which gets the record's TTL. An SOA, CNAME or DNAME replaces an existing one. */
  | { readonly kind: 'add'; readonly record: DnsRecord }
  /** Removes one record (whatever its TTL), or all of the type, or all of the name. */
  | { readonly kind: 'remove'; readonly name: string; readonly type?: TypeName; readonly record?: DnsRecord }

/** Why an edit cannot be made. */
export type EditFault =
  /** The server does not serve this zone. */
  | 'no-zone'
  /** The name is not in the zone. */
  | 'not-in-zone'
  /** The zone would be invalid: a CNAME beside other data, no SOA, no name server. */
  | 'breaks-zone'
  /** A zone cannot hold these records. */
  | 'bad-data'
  /** The limit of changes at run time is reached. */
  | 'too-many'

/** How to handle edits that would make the zone invalid: refuse all edits, or skip those (RFC 2136, section 3.4.2). */
export type InvalidEdits = 'refuse' | 'skip'

/** An edit that cannot be made. None of the edits given with it is made. */
export class EditError extends FourwireError {
  override readonly name = 'EditError'
  readonly exitCode = 2
  readonly fault: EditFault

  constructor(fault: EditFault, message: string) {
    super(message)
    this.fault = fault
  }
}
