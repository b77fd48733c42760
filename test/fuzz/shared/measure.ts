/** Measures what a server holds while it is fuzzed. */
import { readdirSync } from 'node:fs'
import { collectGarbage } from '../../helpers/collect-garbage.ts'

/** Bytes that the heap may grow between the first measurement and the last. */
const MAX_GROWTH = 16 * 1024 * 1024

export interface Measurement {
  readonly heap: number
  readonly files: number
}

/** Measures when no more files are open than given, or after some milliseconds: the server closes what clients have closed. */
export async function measure(files: number, maxSettleMs: number): Promise<Measurement> {
  const end = performance.now() + maxSettleMs
  while (openFiles() > files && performance.now() < end) await new Promise(resolve => setTimeout(resolve, 50))
  return { heap: measureHeap(), files: openFiles() }
}

/** The bytes of the heap without garbage. */
export function measureHeap(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

export function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

/** @throws Error if the last measurement of the heap is much larger than the first */
export function checkHeap(heap: readonly number[]): void {
  if ((heap.at(-1) ?? 0) - (heap[0] ?? 0) > MAX_GROWTH) throw new Error('memory grows')
}

export function inMebibytes(heap: readonly number[]): string {
  return heap.map(each => (each / 1024 / 1024).toFixed(1)).join(' ')
}
