/** An FTP server that says what a test wants, over real sockets: for what no well-behaved server does. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** Answers to commands, by their verb; a function may do more with the socket. `''` is the greeting. */
export type Script = Readonly<Record<string, string | ((socket: Socket, argument: string) => void)>>

const POLITE: Script = {
  '': '220 ready',
  USER: '331 password?',
  PASS: '230 welcome',
  TYPE: '200 fine',
  OPTS: '200 fine',
  QUIT: '221 bye',
}

/** Starts it; returns its port, and what it was told. */
export async function scripted(script: Script): Promise<{ port: number; told: string[] }> {
  const said = { ...POLITE, ...script }
  const told: string[] = []
  const sockets = new Set<Socket>()
  const perform = (socket: Socket, verb: string, argument: string) => {
    const answer = said[verb] ?? '502 not here'
    if (typeof answer === 'function') answer(socket, argument)
    else if (answer !== '') socket.write(`${answer}\r\n`)
  }
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    perform(socket, '', '')
    createInterface({ input: socket }).on('line', line => {
      told.push(line)
      const [verb = '', ...rest] = line.split(' ')
      perform(socket, verb, rest.join(' '))
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, told }
}

/** A port that hands whoever connects to it to the test. */
export async function dataPort(accept: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    onTestFinished(() => {
      socket.destroy()
    })
    accept(socket)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
