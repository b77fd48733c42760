/**
 * Identifies a process on all machines and through restarts, as Linux shows it. The number of a process is used again after it has
 * ended, and means another process in another container; its start time and its namespace tell them apart.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { errorCode } from '../../errors.ts'

export interface ProcessId {
  /** Where the number counts: this boot of this machine, and the namespace in it. */
  readonly machine: string
  readonly pid: number
  /** Clock ticks from the boot to the start of the process. */
  readonly startedAt: string
}

const MACHINE_CHARACTERS = 16
const PATTERN = /^([0-9a-f]+)\.(\d+)\.(\d+)$/
/** A zombie: it has ended, but its parent has not read its exit code. */
const ENDED_STATES = ['Z', 'X']

/** Returns undefined on a system without `/proc`. */
export function thisProcess(): ProcessId | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    const namespace = readlinkSync('/proc/self/ns/pid')
    const machine = createHash('sha256').update(`${boot}${namespace}`).digest('hex').slice(0, MACHINE_CHARACTERS)
    return { machine, pid: process.pid, startedAt: parseStat(readFileSync('/proc/self/stat', 'utf8')).startedAt }
  } catch {
    return undefined
  }
}

/** Returns true if a process of this machine still runs. */
export async function isAlive({ pid, startedAt }: ProcessId): Promise<boolean> {
  try {
    const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
    return stat.startedAt === startedAt && !ENDED_STATES.includes(stat.state)
  } catch {
    // `/proc` can hide the processes of other users.
    return isNumberInUse(pid)
  }
}

function isNumberInUse(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

/** The name of the program, the second field, is in parentheses and can have any characters. */
function parseStat(stat: string): { state: string; startedAt: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startedAt: fields[19] ?? '' }
}

export function formatOwner({ machine, pid, startedAt }: ProcessId): string {
  return `${machine}.${pid}.${startedAt}`
}

/** Returns undefined if the text is not that of `formatOwner`. */
export function parseOwner(text: string): ProcessId | undefined {
  const [, machine, pid, startedAt] = PATTERN.exec(text) ?? []
  if (machine === undefined || pid === undefined || startedAt === undefined) return undefined
  return { machine, pid: Number(pid), startedAt }
}
