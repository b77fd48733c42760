/** The processes of the bench: started on a free port of the loopback, known to answer, weighed, and ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** How long a server may take to load its zones. */
const MAX_LOAD_MS = 60_000
/** How long a server may take to end by itself. */
const MAX_END_MS = 5_000
/** How often a server that loads is asked whether it is there. */
const PROBE_MS = 25
/** How much of what a server complains of is quoted. */
const MAX_STDERR_CHARS = 500

export interface RunningServer {
  readonly port: number
  /** From the start of its process to its first answer. */
  readonly loadSeconds: number
  /** Its processes' share of the memory, in bytes: what several of them share counts once. */
  memory(): Promise<number>
  /** The processor time that its processes have taken. */
  cpuSeconds(): Promise<number>
  stop(): Promise<void>
}

/**
 * Starts a server and waits until it answers.
 *
 * @throws Error that quotes what the program said, where it ends or does not answer
 */
export async function startServer(program: string, args: readonly string[], port: number): Promise<RunningServer> {
  const begun = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString('utf8')).slice(0, MAX_STDERR_CHARS)
  })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${program} ended with ${code}: ${said.trim()}`)))
  })
  const probing = new AbortController()
  try {
    await Promise.race([failed, answers(port, probing.signal)])
  } catch (error) {
    await end(child)
    throw error
  } finally {
    probing.abort()
  }
  // Its end is what the bench asks for from here on.
  failed.catch(() => {})
  return {
    port,
    loadSeconds: (performance.now() - begun) / 1000,
    memory: () => sumOver(child.pid ?? 0, memoryOf),
    cpuSeconds: () => sumOver(child.pid ?? 0, cpuSecondsOf),
    stop: () => end(child),
  }
}

/** A query for the root's SOA: what it is answered with does not matter. */
const PROBE = Buffer.from('0001000000010000000000000000060001', 'hex')

async function answers(port: number, signal: AbortSignal): Promise<void> {
  const socket = createSocket('udp4')
  // A port that nobody listens on yet is no error.
  socket.on('error', () => {})
  const answered = once(socket, 'message')
  const deadline = performance.now() + MAX_LOAD_MS
  try {
    while (!signal.aborted && performance.now() < deadline) {
      socket.send(PROBE, port, '127.0.0.1')
      if (await Promise.race([answered, pause(PROBE_MS)])) return
    }
  } finally {
    socket.close()
  }
  throw new Error(`no answer within ${MAX_LOAD_MS / 1000} seconds`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), MAX_END_MS)
  await exit
  clearTimeout(killer)
}

/** The figure of a process and all that it started. */
async function sumOver(pid: number, figureOf: (pid: number) => Promise<number>): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean)
  const figures = await Promise.all(children.map(child => sumOver(Number(child), figureOf)))
  return figures.reduce((sum, figure) => sum + figure, await figureOf(pid))
}

async function memoryOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024
}

/** Of what follows the name in parentheses, fields 12 and 13 are the ticks in user and in system mode (proc(5)). */
async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

/** What Linux tells times in, on every machine. */
const TICKS_A_SECOND = 100
