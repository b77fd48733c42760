/** Measures what a server holds while it is fuzzed. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
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

/** The files and connections that this process has open, without listening sockets: the FTP server keeps those of passive ports. */
export function openFiles(): number {
  const listening = listeningSockets()
  return readdirSync('/proc/self/fd').filter(descriptor => !listening.has(targetOf(descriptor))).length
}

/** Returns the listening sockets of this machine as `socket:[INODE]` (proc_net(5), whose state 0A is LISTEN). */
function listeningSockets(): ReadonlySet<string> {
  const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'].filter(table => existsSync(table))
  const rows = tables.flatMap(table => readFileSync(table, 'latin1').split('\n'))
  const columns = rows.map(row => row.trim().split(/ +/)).filter(([, , , state]) => state === '0A')
  return new Set(columns.map(row => `socket:[${row[9]}]`))
}

/** Returns what a descriptor refers to; an empty text if it has been closed, as that of the list itself. */
function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    return ''
  }
}

/** @throws Error if the last measurement of the heap is much larger than the first */
export function checkHeap(heap: readonly number[]): void {
  if ((heap.at(-1) ?? 0) - (heap[0] ?? 0) > MAX_GROWTH) throw new Error('memory grows')
}

export function inMebibytes(heap: readonly number[]): string {
  return heap.map(each => (each / 1024 / 1024).toFixed(1)).join(' ')
}
