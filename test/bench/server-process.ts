/** Starts server processes, waits until they answer, measures them and stops them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'

/** The time a server has to stop before it is killed. */
const MAX_END_MS = 5_000
/** The length of standard error that an error message quotes. */
const MAX_STDERR_CHARS = 500

export interface RunningServer {
  readonly port: number
  readonly pid: number
  /** Seconds from the start of the process to the first answer. */
  readonly loadSeconds: number
  /** Proportional set size of all its processes, in bytes. */
  memory(): Promise<number>
  /** CPU time of all its processes, in seconds. */
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

export interface StartOptions {
  readonly port: number
  /** Resolves when the server answers; rejects if it takes too long. */
  readonly waitForAnswer: (port: number, signal: AbortSignal) => Promise<void>
  /** True to read standard output through a pipe and discard it. Default: `/dev/null`. */
  readonly readsOutput?: boolean
  /** The file descriptor for standard output, in place of a pipe. */
  readonly output?: number
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws Error that quotes standard error if the program ends or does not answer
 */
export async function startServer(
  program: string,
  args: readonly string[],
  { port, waitForAnswer, readsOutput = false, output }: StartOptions,
): Promise<RunningServer> {
  const startedAt = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', output ?? (readsOutput ? 'pipe' : 'ignore'), 'pipe'] })
  child.stdout?.resume()
  let stderr = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    stderr = (stderr + bytes.toString('utf8')).slice(0, MAX_STDERR_CHARS)
  })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${program} ended with ${code}: ${stderr.trim()}`)))
  })
  const probing = new AbortController()
  try {
    await Promise.race([failed, waitForAnswer(port, probing.signal)])
  } catch (error) {
    await stop(child)
    throw error
  } finally {
    probing.abort()
  }
  // From here on the bench stops the process itself.
  failed.catch(() => {})
  return {
    port,
    pid: child.pid ?? 0,
    loadSeconds: (performance.now() - startedAt) / 1000,
    memory: () => sumOver(child.pid ?? 0, memoryOf),
    cpuSeconds: () => sumOver(child.pid ?? 0, cpuSecondsOf),
    stop: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), MAX_END_MS)
  const [code] = (await exit) as [number | null]
  clearTimeout(killer)
  // Null if the signal ended it.
  if (code) throw new Error(`the server ended with ${code}`)
}

/** Sums a figure over a process and its descendants. */
async function sumOver(pid: number, figureOf: (pid: number) => Promise<number>): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean)
  const figures = await Promise.all(children.map(child => sumOver(Number(child), figureOf)))
  return figures.reduce((sum, figure) => sum + figure, await figureOf(pid))
}

async function memoryOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024
}

/** After the name in parentheses, fields 12 and 13 are the ticks in user and system mode (proc(5)). */
async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** USER_HZ, which is 100 on every Linux. */
const TICKS_PER_SECOND = 100
