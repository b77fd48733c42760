/**
 * Computes the differences between two versions of a zone for an incremental transfer (IXFR, RFC 1995). Condenses all changes
 * in between into one, which omits records that were added and removed again (section 5). Pure.
 */
import type { DnsRecord, RecordOf } from '../../../shared/dns/message.ts'
import { printRecord } from '../../../shared/dns/print.ts'
import type { ZoneChange } from '../store/history.ts'

/** The differences between two versions; `removed` and `added` omit the SOA records. */
export interface Differences {
  readonly from: RecordOf<'SOA'>
  readonly to: RecordOf<'SOA'>
  readonly removed: readonly DnsRecord[]
  readonly added: readonly DnsRecord[]
}

/** Returns the differences since a serial; undefined if the history does not start there or has a gap. */
export function differencesSince(history: readonly ZoneChange[], serial: number): Differences | undefined {
  const start = history.findLastIndex(({ previous }) => previous?.soa.data.serial === serial)
  const changes = start < 0 ? [] : history.slice(start)
  const from = changes[0]?.previous?.soa
  const to = changes.at(-1)?.zone?.soa
  if (!from || !to) return undefined
  const removed = new Map<string, DnsRecord>()
  const added = new Map<string, DnsRecord>()
  for (const change of changes) {
    if (!change.removed || !change.added) return undefined
    for (const record of change.removed) cancelOrAdd(record, added, removed)
    for (const record of change.added) cancelOrAdd(record, removed, added)
  }
  return { from, to, removed: [...removed.values()], added: [...added.values()] }
}

/** Adds a record to `target`, unless it cancels the opposite change. */
function cancelOrAdd(record: DnsRecord, opposite: Map<string, DnsRecord>, target: Map<string, DnsRecord>): void {
  const key = printRecord(record)
  if (!opposite.delete(key)) target.set(key, record)
}

/** Yields the records of an IXFR response in order (RFC 1995, section 4). */
export function* ixfrRecords({ from, to, removed, added }: Differences): Generator<DnsRecord> {
  yield to
  yield from
  yield* removed
  yield to
  yield* added
  yield to
}
