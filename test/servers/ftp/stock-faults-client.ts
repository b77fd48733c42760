/** What the observations of faults send, to a server that may reply to it in its own way. */
import { Wire } from '../../helpers/wire.ts'
import type { Target } from './stock-faults.ts'

/** Reads one reply; returns all its lines. */
export async function readReply(wire: Wire): Promise<string> {
  const lines: string[] = []
  while (!/^\d{3} /.test(lines.at(-1) ?? '')) {
    const line = await wire.line()
    if (line === undefined) return [...lines, '(closed)'].join('\n')
    lines.push(line)
  }
  return lines.join('\n')
}

export async function send(wire: Wire, command: string): Promise<string> {
  wire.send(`${command}\r\n`)
  return readReply(wire)
}

export const codeOf = (reply: string) => reply.slice(0, 3)

export async function connect(port: number): Promise<Wire> {
  const wire = await Wire.connect(port)
  wire.socket.setNoDelay()
  await readReply(wire)
  return wire
}

export async function login(wire: Wire): Promise<Wire> {
  await send(wire, 'USER alice')
  await send(wire, 'PASS wonderland')
  await send(wire, 'TYPE I')
  return wire
}

export const openSession = async ({ port }: Target) => login(await connect(port))

export async function passivePort(wire: Wire): Promise<number> {
  return Number(/\|\|\|(\d+)\|/.exec(await send(wire, 'EPSV'))?.[1])
}

export const openData = async (wire: Wire) => Wire.connect(await passivePort(wire))

/** Resolves when the server has read what other sessions sent before: it answers on a new session. */
export async function waitUntilRead(target: Target): Promise<void> {
  const wire = await openSession(target)
  await send(wire, 'NOOP')
  wire.socket.destroy()
}

export async function upload(wire: Wire, name: string, content: string, rest = 0): Promise<void> {
  const data = await openData(wire)
  if (rest > 0) await send(wire, `REST ${rest}`)
  await send(wire, `STOR ${name}`)
  data.send(content)
  data.socket.end()
  await readReply(wire)
}
