/** The progress bar of a transfer: one line of a terminal. Pure. */
import { formatBytes } from './format-bytes.ts'

/** Receives the number of bytes transferred so far, and the total if it is known. */
type OnProgress = (transferred: number, total: number | undefined) => void

const BAR_WIDTH = 24
/** Shorter transfers show no progress. */
const MIN_DURATION_MS = 1000
/** More often, drawing would take longer than the transfer. */
const MIN_INTERVAL_MS = 100

/** `[############            ]  50 %   1.2 MiB   600 KiB/s`; without the bar if the total is unknown. */
export function renderProgress(transferred: number, total: number | undefined, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? `${formatBytes((transferred / elapsedMs) * 1000)}/s` : ''
  const figures = `${formatBytes(transferred).padStart(9)}  ${rate.padStart(11)}`
  if (!total) return figures
  const fraction = Math.min(1, transferred / total)
  const bar = '#'.repeat(Math.round(fraction * BAR_WIDTH)).padEnd(BAR_WIDTH)
  return `[${bar}] ${String(Math.floor(fraction * 100)).padStart(3)} %${figures}`
}

/** The output of a progress bar: `process.stderr`. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Creates the progress bar of one transfer; `clear` erases it. Returns undefined if the output is not a terminal. */
export function progressBar(
  output: ProgressOutput,
  now: () => number,
): { onProgress: OnProgress; clear(): void } | undefined {
  if (!output.isTTY) return undefined
  const start = now()
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    onProgress: (transferred, total) => {
      const elapsed = now() - start
      if (elapsed < MIN_DURATION_MS || elapsed - drawnAt < MIN_INTERVAL_MS) return
      drawnAt = elapsed
      output.write(`\r${renderProgress(transferred, total, elapsed)}\u001b[K`)
    },
    clear: () => {
      if (drawnAt > 0) output.write('\r\u001b[K')
    },
  }
}
