/** Prints the figures of the FTP bench as tables of ratios. Pure. */
import { median, table } from '../rounds.ts'
import { FLOOR, OURS, PYFTPDLIB, TRACED, VSFTPD } from './contestants.ts'
import type { IdleFigures } from './idle.ts'

export interface Measured {
  readonly name: string
  /** One figure of each round; NaN if the run failed. */
  readonly figures: readonly number[]
  /** Why the last run that failed did. */
  readonly failure?: string
  /** Why there are no figures. */
  readonly missing?: string
}

const BASES = [FLOOR, VSFTPD, PYFTPDLIB] as const

/** A table of one workload: medians, and the medians of the ratios within each round. */
export function reportWorkload(summary: string, unit: string, measured: readonly Measured[]): string {
  const rows = measured.map(({ name, figures, missing }) =>
    missing === undefined
      ? [name, formatFigure(medianOf(figures)), ...BASES.map(base => formatRatio(ratioTo(figures, base, measured)))]
      : [name, '-', ...BASES.map(() => '-')],
  )
  const headings = ['server', unit, ...BASES.map(base => `x ${base}`)]
  return `\n${summary}\n${table([headings, ...rows])}${traceNote(measured)}${notes(measured)}`
}

function traceNote(measured: readonly Measured[]): string {
  const traced = measured.find(({ name }) => name === TRACED)
  const ratio = traced ? ratioTo(traced.figures, OURS, measured) : Number.NaN
  return Number.isNaN(ratio) ? '' : `with a listener of the trace: ${ratio.toFixed(2)} of the speed without\n`
}

function notes(measured: readonly Measured[]): string {
  const lines = measured.flatMap(({ name, figures, missing, failure }) => {
    if (missing !== undefined) return [`${name}: not available: ${missing}`]
    if (failure === undefined) return []
    return [`${name}: ${figures.filter(Number.isNaN).length} of ${figures.length} runs failed: ${failure}`]
  })
  return lines.map(line => `${line}\n`).join('')
}

/** Figures of one round are compared with each other, because the machine's speed changes. */
function ratioTo(figures: readonly number[], base: string, measured: readonly Measured[]): number {
  const others = measured.find(({ name }) => name === base)?.figures ?? []
  return medianOf(figures.map((figure, round) => figure / (others[round] ?? Number.NaN)))
}

function medianOf(figures: readonly number[]): number {
  return median(figures.filter(figure => !Number.isNaN(figure)))
}

function formatRatio(ratio: number): string {
  return Number.isNaN(ratio) ? '-' : ratio.toFixed(2)
}

function formatFigure(figure: number): string {
  return Number.isNaN(figure) ? '-' : figure.toFixed(figure < 100 ? 1 : 0)
}

export interface MeasuredIdle {
  readonly name: string
  readonly idle?: IdleFigures
  readonly missing?: string
}

export function reportIdle(sessions: number, measured: readonly MeasuredIdle[]): string {
  const rows = measured.map(({ name, idle }) =>
    idle ? [name, (idle.atRest / 1e6).toFixed(0), (idle.perSession / 1000).toFixed(1)] : [name, '-', '-'],
  )
  const lines = measured.map(({ name, missing }) =>
    missing === undefined ? '' : `${name}: not available: ${missing}\n`,
  )
  return `\nmemory of ${sessions} idle sessions\n${table([['server', 'MB at rest', 'kB a session'], ...rows])}${lines.join('')}`
}
