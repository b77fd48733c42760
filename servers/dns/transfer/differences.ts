/**
 * What changed in a zone since some serial, as a secondary is told of it (IXFR, RFC 1995): all changes since then made
 * into one, so that what came and went in between is not told (section 5). Pure.
 */
import type { DnsRecord, RecordOf } from '../../../shared/dns/message.ts'
import { printRecord } from '../../../shared/dns/print.ts'
import type { ZoneChange } from '../store/history.ts'

/** From one version of a zone to another; without the SOA records of the two. */
export interface Differences {
  readonly from: RecordOf<'SOA'>
  readonly to: RecordOf<'SOA'>
  readonly removed: readonly DnsRecord[]
  readonly added: readonly DnsRecord[]
}

/** The differences since a serial; undefined where the history does not reach, or has a gap. */
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
    for (const record of change.removed) move(record, added, removed)
    for (const record of change.added) move(record, removed, added)
  }
  return { from, to, removed: [...removed.values()], added: [...added.values()] }
}

/** A record that is in the one comes back as it was; else it is new in the other. */
function move(record: DnsRecord, from: Map<string, DnsRecord>, to: Map<string, DnsRecord>): void {
  const key = printRecord(record)
  if (!from.delete(key)) to.set(key, record)
}

/** The records of an IXFR in their order (RFC 1995, section 4). */
export function* differenceRecords({ from, to, removed, added }: Differences): Generator<DnsRecord> {
  yield to
  yield from
  yield* removed
  yield to
  yield* added
  yield to
}
