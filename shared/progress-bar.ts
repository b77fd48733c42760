/** The progress bar of a transfer: one line of a terminal. Pure. */
import { formatBytes } from './format-bytes.ts'

/** Receives the number of bytes transferred so far, and the total if it is known. */
type OnProgress = (transferred: number, total: number | undefined) => void

const BAR_WIDTH = 24
/** Shorter transfers show no progress. */
const MIN_DURATION_MS = 1000
/** More often, drawing would take longer than the transfer. */
const MIN_INTERVAL_MS = 100

/** `[############            ]  50 %   1.2 MiB   600 KiB/s  0:02 left`; figures alone if the total is unknown. */
export function renderProgress(transferred: number, total: number | undefined, elapsedMs: number): string {
  const figures = renderRate(transferred, total, elapsedMs)
  if (!total) return figures
  const fraction = Math.min(1, transferred / total)
  const bar = '#'.repeat(Math.round(fraction * BAR_WIDTH)).padEnd(BAR_WIDTH)
  return `[${bar}] ${renderPercent(fraction)}${figures}`
}

/** The progress of many files. */
export interface FilesProgress {
  /** The number of files, and of those that are done. */
  readonly files: number
  readonly done: number
  /** Bytes transferred, and those to transfer. */
  readonly bytes: number
  readonly total: number
}

/** `12/340 files   34 %    120 MiB    20 MiB/s  0:12 left` */
export function renderFilesProgress({ files, done, bytes, total }: FilesProgress, elapsedMs: number): string {
  const fraction = total === 0 ? done / files : Math.min(1, bytes / total)
  return `${done}/${files} files  ${renderPercent(fraction)}${renderRate(bytes, total, elapsedMs)}`
}

function renderPercent(fraction: number): string {
  return `${String(Math.floor(fraction * 100)).padStart(3)} %`
}

function renderRate(transferred: number, total: number | undefined, elapsedMs: number): string {
  const bytesPerMs = elapsedMs > 0 ? transferred / elapsedMs : 0
  const rate = elapsedMs > 0 ? `${formatBytes(bytesPerMs * 1000)}/s` : ''
  const isTimeKnown = bytesPerMs > 0 && total !== undefined && total > transferred
  const left = isTimeKnown ? `  ${renderDuration((total - transferred) / bytesPerMs / 1000)} left` : ''
  return `${formatBytes(transferred).padStart(9)}  ${rate.padStart(11)}${left}`
}

/** `0:42`, `12:03`, `1:00:00` */
function renderDuration(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const tail = `${String(rest).padStart(2, '0')}`
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, '0')}:${tail}`
}

/** The output of a progress bar: `process.stderr`. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  /** The width of the terminal. */
  readonly columns?: number
  write(text: string): unknown
}

/** A line of a terminal that changes during an operation. */
export interface ProgressLine {
  /** Draws the line, if it is time. The renderer gets the milliseconds since the start. */
  draw(render: (elapsedMs: number) => string): void
  /** Erases the line. */
  clear(): void
}

/** Creates the line of an operation that starts now. Returns undefined if the output is not a terminal. */
export function progressLine(output: ProgressOutput, now: () => number): ProgressLine | undefined {
  if (!output.isTTY) return undefined
  const start = now()
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    draw: render => {
      const elapsed = now() - start
      if (elapsed < MIN_DURATION_MS || elapsed - drawnAt < MIN_INTERVAL_MS) return
      drawnAt = elapsed
      // A line that is wider than the terminal could not be erased. A terminal of unknown width has 0 columns.
      const width = (output.columns || Number.POSITIVE_INFINITY) - 1
      output.write(`\r${render(elapsed).slice(0, width)}\u001b[K`)
    },
    clear: () => {
      if (drawnAt > 0) output.write('\r\u001b[K')
    },
  }
}

/** Creates the progress bar of one transfer; `clear` erases it. Returns undefined if the output is not a terminal. */
export function progressBar(
  output: ProgressOutput,
  now: () => number,
): { onProgress: OnProgress; clear(): void } | undefined {
  const line = progressLine(output, now)
  return (
    line && {
      onProgress: (transferred, total) => line.draw(elapsed => renderProgress(transferred, total, elapsed)),
      clear: line.clear,
    }
  )
}
