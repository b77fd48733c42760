/**
 * Checks the records of a transfer, message by message. AXFR (RFC 5936) is the zone between two copies of its SOA. IXFR
 * (RFC 1995) is changes between the first and the last SOA, or the whole zone, or only the SOA. Pure.
 */
import type { DnsRecord, Message, RecordOf } from '../../shared/dns/message.ts'
import { fold, isAtOrBelow } from '../../shared/dns/name.ts'
import { RefusedError } from '../../shared/errors.ts'

/** The position in the transfer, by the last record. */
type State =
  | { readonly after: 'nothing' }
  | { readonly after: 'first SOA' }
  /** A record of the whole zone. */
  | { readonly after: 'zone record' }
  /** A record that a change removes, or the SOA before them. */
  | { readonly after: 'removed record' }
  /** A record that a change adds, or the SOA before them. `serial` is the version after that change. */
  | { readonly after: 'added record'; readonly serial: number }
  | { readonly after: 'last SOA' }

export class TransferReader {
  readonly #zone: string
  readonly #since: number | undefined
  #state: State = { after: 'nothing' }
  /** The serial of the first SOA. */
  #serial = 0

  /** @param since the client's serial for IXFR; undefined for AXFR */
  constructor(zone: string, since?: number) {
    this.#zone = fold(zone)
    this.#since = since
  }

  /** True after the last SOA. */
  get isDone(): boolean {
    return this.#state.after === 'last SOA'
  }

  /**
   * Reads the next message. Returns the records that belong to the transfer.
   *
   * @throws RefusedError if they are not a transfer of this zone
   */
  push({ answers }: Message): readonly DnsRecord[] {
    const accepted: DnsRecord[] = []
    for (const record of answers) {
      if (this.isDone) break
      if (!isAtOrBelow(fold(record.name), this.#zone)) throw invalid(`${record.name} is outside the zone`)
      this.#state = record.type === 'SOA' ? this.#pushSoa(record) : this.#pushOther(record)
      accepted.push(record)
    }
    // A server without a newer version sends only its SOA (RFC 1995, section 2).
    const isOnlySoa = this.#state.after === 'first SOA' && this.#since !== undefined && answers.length === 1
    if (isOnlySoa) this.#state = { after: 'last SOA' }
    return accepted
  }

  #pushSoa({ name, data: { serial } }: RecordOf<'SOA'>): State {
    if (fold(name) !== this.#zone) throw invalid(`it contains the SOA of ${name}`)
    switch (this.#state.after) {
      case 'nothing':
        this.#serial = serial
        return { after: 'first SOA' }
      case 'first SOA':
        return serial === this.#serial || this.#since === undefined
          ? this.#pushLastSoa(serial)
          : { after: 'removed record' }
      case 'removed record':
        return { after: 'added record', serial }
      case 'added record':
        return this.#state.serial === this.#serial ? this.#pushLastSoa(serial) : { after: 'removed record' }
      default:
        return this.#pushLastSoa(serial)
    }
  }

  #pushLastSoa(serial: number): State {
    if (serial === this.#serial) return { after: 'last SOA' }
    throw invalid(`it ends with serial ${serial}, but began with ${this.#serial}`)
  }

  #pushOther({ type }: DnsRecord): State {
    if (this.#state.after === 'nothing') throw invalid(`it begins with a record of type ${type}, not SOA`)
    return this.#state.after === 'first SOA' ? { after: 'zone record' } : this.#state
  }
}

function invalid(reason: string): RefusedError {
  return new RefusedError('transfer', `invalid transfer: ${reason}`)
}
