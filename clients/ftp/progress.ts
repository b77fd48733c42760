/** How far a long transfer is, as one line that is written over and over: on a terminal only. Pure. */
import { formatBytes } from '../../shared/format-bytes.ts'
import type { OnProgress } from './ftp.ts'

const BAR_WIDTH = 24
/** A transfer that is shorter than this shows nothing. */
const PATIENCE_MS = 1000

/** `[############            ]  50 %   1.2 MiB   600 KiB/s`; without a total, without the bar. */
export function renderProgress(moved: number, total: number | undefined, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? `${formatBytes((moved / elapsedMs) * 1000)}/s` : ''
  const figures = `${formatBytes(moved).padStart(9)}  ${rate.padStart(11)}`
  if (!total) return figures
  const part = Math.min(1, moved / total)
  const bar = '#'.repeat(Math.round(part * BAR_WIDTH)).padEnd(BAR_WIDTH)
  return `[${bar}] ${String(Math.floor(part * 100)).padStart(3)} %${figures}`
}

/** Where a bar is drawn: `process.stderr`. */
export interface Screen {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Draws the progress of one transfer; `clear` takes the line away again. Undefined where there is no terminal. */
export function progressBar(screen: Screen, now: () => number): { onProgress: OnProgress; clear(): void } | undefined {
  if (!screen.isTTY) return undefined
  const start = now()
  let drawn = false
  return {
    onProgress: (moved, total) => {
      const elapsed = now() - start
      if (elapsed < PATIENCE_MS) return
      drawn = true
      screen.write(`\r${renderProgress(moved, total, elapsed)}\u001b[K`)
    },
    clear: () => {
      if (drawn) screen.write('\r\u001b[K')
    },
  }
}
