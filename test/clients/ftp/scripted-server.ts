/** An FTP server that sends the replies of a test, for replies that the suite's server does not send. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** Replies by verb; `''` is the greeting. A function can do more with the socket; an empty reply sends nothing. */
export type Script = Readonly<Record<string, string | ((socket: Socket, argument: string) => void)>>

const DEFAULT_REPLIES: Script = {
  '': '220 ready',
  USER: '331 password?',
  PASS: '230 welcome',
  TYPE: '200 fine',
  OPTS: '200 fine',
  QUIT: '221 bye',
}

/** Starts the server; `received` has the command lines of all clients. */
export async function startScriptedServer(script: Script): Promise<{ port: number; received: string[] }> {
  const replies = { ...DEFAULT_REPLIES, ...script }
  const received: string[] = []
  const sendReply = (socket: Socket, verb: string, argument: string) => {
    const reply = replies[verb] ?? '502 not implemented'
    if (typeof reply === 'function') reply(socket, argument)
    else if (reply !== '') socket.write(`${reply}\r\n`)
  }
  const port = await listen(socket => {
    sendReply(socket, '', '')
    createInterface({ input: socket }).on('line', line => {
      received.push(line)
      const [verb = '', ...rest] = line.split(' ')
      sendReply(socket, verb, rest.join(' '))
    })
  })
  return { port, received }
}

/** Listens until the end of the test, and calls `accept` with every connection; returns the port. */
export async function listen(accept: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    accept(socket)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
