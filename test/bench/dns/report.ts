/** Formats the results of one query mix. Pure. */
import { table } from '../rounds.ts'
import type { DataSet, QueryMix } from './data-sets.ts'
import type { Measured, Row } from './measure.ts'

const HEADING = [
  'server',
  'queries/s',
  'x floor',
  'x dnsmasq',
  'cpu us',
  'p99 us',
  'lost',
  'load s',
  'MB',
  'bytes/record',
]

/** Formats the rows as a table with ratios, under a heading; notes on missing servers follow. */
export function report(set: DataSet, { summary }: QueryMix, rows: readonly Row[], floor: string, peer: string): string {
  const records = set.origins.length * set.recordsPerZone
  const measured = new Map(rows.map(({ name, measured }) => [name, measured]))
  const bases = [measured.get(floor), measured.get(peer)]
  const lines = rows.map(row => line(row, bases, records))
  const notes = rows.flatMap(note)
  return `\n${set.summary}; ${summary}\n${table([HEADING, ...lines])}${notes.map(text => `${text}\n`).join('')}`
}

function line({ name, measured }: Row, bases: readonly (Measured | undefined)[], records: number): string[] {
  if (!measured) return [name, ...HEADING.slice(1).map(() => '-')]
  const { speed, cpu, p99, lost, loadSeconds, memory } = measured
  const ratios = bases.map(base => (base ? (speed / base.speed).toFixed(2) : '-'))
  const perRecord = records < MANY_RECORDS ? '-' : (memory / records).toFixed(0)
  const figures = [
    cpu.toFixed(1),
    p99.toFixed(0),
    String(lost),
    loadSeconds.toFixed(2),
    (memory / 1e6).toFixed(0),
    perRecord,
  ]
  return [name, speed.toFixed(0), ...ratios, ...figures]
}

/** With fewer records, the program itself dominates the memory. */
const MANY_RECORDS = 100_000

function note({ name, missing, measured }: Row): string[] {
  if (missing !== undefined) return [`${name}: not measured: ${missing}`]
  return measured?.unexpected === undefined ? [] : [`${name}: unexpected responses: ${measured.unexpected}`]
}
