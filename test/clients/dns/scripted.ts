/** Name servers of a test's own, which answer as they are told, over real sockets. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { FrameReader } from '../../../shared/dns/frames.ts'
import type { Message } from '../../../shared/dns/message.ts'
import { errorCode } from '../../../shared/errors.ts'

/** The response to a query, changed as asked. */
export function response(asked: Message, change: Partial<Message> = {}): Buffer {
  return encodeMessage({ ...asked, response: true, edns: undefined, additionals: [], ...change })
}

/** What to send back, given the query and how many there were. */
type Answer = (asked: Message, count: number) => readonly Uint8Array[]

export interface UdpServer {
  readonly port: number
  /** What it was asked so far. */
  readonly asked: Message[]
  /** The ports that it was asked from. */
  readonly clients: number[]
}

/** A UDP server. */
export async function udpServer(answer: Answer, { host = '127.0.0.1', port = 0 } = {}): Promise<UdpServer> {
  const socket = createSocket('udp4')
  const asked: Message[] = []
  const clients: number[] = []
  socket.on('message', (bytes: Buffer, client: RemoteInfo) => {
    const message = decodeMessage(bytes)
    asked.push(message)
    clients.push(client.port)
    for (const one of answer(message, asked.length)) socket.send(one, client.port, client.address)
  })
  socket.bind(port, host)
  await once(socket, 'listening')
  onTestFinished(() => {
    socket.close()
  })
  return { port: socket.address().port, asked, clients }
}

/** A TCP server; the port. */
export async function tcpServer(answer: (socket: Socket, asked: Message) => void): Promise<number> {
  const server = createServer(socket => {
    const frames = new FrameReader()
    socket.on('error', () => socket.destroy())
    socket.on('data', bytes => {
      for (const message of frames.push(bytes)) answer(socket, decodeMessage(message))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** Both on one port; what is sent back by UDP is in `datagrams`. */
export async function bothServers(
  datagrams: Answer,
  answer: (socket: Socket, asked: Message) => void,
): Promise<UdpServer> {
  const port = await tcpServer(answer)
  try {
    return await udpServer(datagrams, { port })
  } catch (error) {
    // Somebody else has that port by UDP.
    if (errorCode(error) !== 'EADDRINUSE') throw error
    return bothServers(datagrams, answer)
  }
}

export const at = (port: number, host = '127.0.0.1') => `${host}:${port}`
