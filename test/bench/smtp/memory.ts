/** Measures the memory of idle sessions and of one large message. */
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import type { RunningServer } from '../server-process.ts'
import type { Contestant } from './contestants.ts'

export interface MemoryFigures {
  /** Bytes of the server at rest. */
  readonly atRest: number
  /** Bytes for each idle session. */
  readonly perSession: number
  /** Bytes by which the server grows at most while it receives a message of 10 MiB and stores it. */
  readonly largeMessage: number
}

export const IDLE_SESSIONS = 1000
/** Just below the default of `--smtp-max-size`. */
export const LARGE_MESSAGE_BYTES = 10 * 1024 * 1024 - 100
/** Sessions that are opened at the same time. */
const OPENED_AT_ONCE = 50

/** @param folder an empty folder for the server's files */
export async function measureMemory({ start }: Contestant, folder: string): Promise<MemoryFigures> {
  const server = await start(folder)
  try {
    // The first session loads what a session needs.
    await sendMessage(server.port, 2048)
    const atRest = await server.memory()
    const perSession = await measureSessions(server)
    return { atRest, perSession, largeMessage: await measureLargeMessage(server) }
  } finally {
    await server.stop()
  }
}

async function measureSessions(server: RunningServer): Promise<number> {
  const before = await server.memory()
  const sockets: Socket[] = []
  try {
    while (sockets.length < IDLE_SESSIONS) {
      const opened = Array.from({ length: OPENED_AT_ONCE }, () => openSession(server.port))
      sockets.push(...(await Promise.all(opened)))
    }
    return ((await server.memory()) - before) / IDLE_SESSIONS
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

async function openSession(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await expectReply(socket, 220)
  socket.write('EHLO client.example\r\n')
  await expectReply(socket, 250)
  return socket
}

/** The peak minus the use before, of the resident set: the kernel records the peak (proc(5)). */
async function measureLargeMessage({ port, pid }: RunningServer): Promise<number> {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  const before = await residentBytes(pid, 'VmRSS')
  await sendMessage(port, LARGE_MESSAGE_BYTES)
  return (await residentBytes(pid, 'VmHWM')) - before
}

async function residentBytes(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024
}

const LINE = `${'x'.repeat(62)}\r\n`

async function sendMessage(port: number, bytes: number): Promise<void> {
  const socket = await openSession(port)
  try {
    for (const [line, code] of [
      ['MAIL FROM:<alice@fourwire.test>', 250],
      ['RCPT TO:<bob@fourwire.test>', 250],
      ['DATA', 354],
    ] as const) {
      socket.write(`${line}\r\n`)
      await expectReply(socket, code)
    }
    socket.write(`${LINE.repeat(bytes / LINE.length)}.\r\n`)
    await expectReply(socket, 250)
  } finally {
    socket.destroy()
  }
}

/** Each reply fits into one packet of the loopback interface. */
async function expectReply(socket: Socket, code: number): Promise<void> {
  const [bytes] = await once(socket, 'data')
  if (!String(bytes).startsWith(String(code))) throw new Error(`expected ${code}, got ${String(bytes).trim()}`)
}
