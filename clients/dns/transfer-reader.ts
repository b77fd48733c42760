/**
 * What comes in a transfer, checked message by message: AXFR (RFC 5936) is the whole zone between two copies of its SOA;
 * IXFR (RFC 1995) is the changes between the first and the last SOA, or the whole zone, or nothing but the SOA. Pure.
 */
import type { DnsRecord, Message, RecordOf } from '../../shared/dns/message.ts'
import { fold, isAtOrBelow } from '../../shared/dns/name.ts'
import { RefusedError } from '../../shared/errors.ts'

/** Where in the answer we are. The serial of `added` is the version that these records make. */
type Place =
  | { readonly at: 'start' }
  | { readonly at: 'first' }
  | { readonly at: 'zone' }
  | { readonly at: 'removed' }
  | { readonly at: 'added'; readonly serial: number }
  | { readonly at: 'end' }

export class TransferReader {
  readonly #zone: string
  readonly #since: number | undefined
  #place: Place = { at: 'start' }
  #serial = 0

  /** @param since the serial of an IXFR; undefined for AXFR */
  constructor(zone: string, since?: number) {
    this.#zone = fold(zone)
    this.#since = since
  }

  /** True when the last SOA has come. */
  get isDone(): boolean {
    return this.#place.at === 'end'
  }

  /**
   * Takes the answers of the next message and gives those that belong to the transfer.
   *
   * @throws RefusedError for what is no transfer of this zone
   */
  push({ answers }: Message): readonly DnsRecord[] {
    const taken: DnsRecord[] = []
    for (const record of answers) {
      if (this.isDone) break
      if (!isAtOrBelow(fold(record.name), this.#zone)) throw broken(`${record.name} is outside the zone`)
      this.#place = record.type === 'SOA' ? this.#atSoa(record) : this.#atOther(record)
      taken.push(record)
    }
    // A server that has nothing newer sends its SOA alone (RFC 1995, section 2).
    if (this.#place.at === 'first' && this.#since !== undefined && answers.length === 1) this.#place = { at: 'end' }
    return taken
  }

  #atSoa({ name, data: { serial } }: RecordOf<'SOA'>): Place {
    if (fold(name) !== this.#zone) throw broken(`it has the SOA of ${name}`)
    switch (this.#place.at) {
      case 'start':
        this.#serial = serial
        return { at: 'first' }
      case 'first':
        return serial === this.#serial || this.#since === undefined ? this.#last(serial) : { at: 'removed' }
      case 'removed':
        return { at: 'added', serial }
      case 'added':
        return this.#place.serial === this.#serial ? this.#last(serial) : { at: 'removed' }
      default:
        return this.#last(serial)
    }
  }

  #last(serial: number): Place {
    if (serial === this.#serial) return { at: 'end' }
    throw broken(`it ends with serial ${serial}, but began with ${this.#serial}`)
  }

  #atOther({ type }: DnsRecord): Place {
    if (this.#place.at === 'start') throw broken(`it begins with a record of type ${type}, not SOA`)
    return this.#place.at === 'first' ? { at: 'zone' } : this.#place
  }
}

function broken(why: string): RefusedError {
  return new RefusedError('transfer', `that is no transfer: ${why}`)
}
