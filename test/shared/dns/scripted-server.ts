/** Name servers of a test, over real sockets, whose responses the test decides. */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { FrameReader } from '../../../shared/dns/frames.ts'
import type { Message } from '../../../shared/dns/message.ts'
import { errorCode } from '../../../shared/errors.ts'

/** Encodes a response to the query with these changes. */
export function response(query: Message, changes: Partial<Message> = {}): Buffer {
  return encodeMessage({ ...query, response: true, edns: undefined, additionals: [], ...changes })
}

/** Returns the datagrams to send back, given the query and the number of queries so far. */
type DatagramResponder = (query: Message, count: number) => readonly Uint8Array[]
type StreamResponder = (socket: Socket, query: Message) => void

export interface UdpServer {
  readonly port: number
  /** The queries received so far. */
  readonly queries: Message[]
  /** The client's port of each query. */
  readonly clientPorts: number[]
}

export async function udpServer(respond: DatagramResponder, { host = '127.0.0.1', port = 0 } = {}): Promise<UdpServer> {
  const socket = createSocket('udp4')
  const queries: Message[] = []
  const clientPorts: number[] = []
  socket.on('message', (bytes: Buffer, client: RemoteInfo) => {
    const query = decodeMessage(bytes)
    queries.push(query)
    clientPorts.push(client.port)
    for (const datagram of respond(query, queries.length)) socket.send(datagram, client.port, client.address)
  })
  socket.bind(port, host)
  await once(socket, 'listening')
  onTestFinished(() => {
    socket.close()
  })
  return { port: socket.address().port, queries, clientPorts }
}

/** Starts a TCP server and returns its port. */
export async function tcpServer(respond: StreamResponder): Promise<number> {
  const server = createServer(socket => {
    const frames = new FrameReader()
    socket.on('error', () => socket.destroy())
    socket.on('data', bytes => {
      for (const message of frames.push(bytes)) respond(socket, decodeMessage(message))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** Starts a UDP and a TCP server on one port. `queries` has only those received by UDP. */
export async function udpAndTcpServer(
  respondByUdp: DatagramResponder,
  respondByTcp: StreamResponder,
): Promise<UdpServer> {
  const port = await tcpServer(respondByTcp)
  try {
    return await udpServer(respondByUdp, { port })
  } catch (error) {
    // Another socket uses that port by UDP.
    if (errorCode(error) !== 'EADDRINUSE') throw error
    return udpAndTcpServer(respondByUdp, respondByTcp)
  }
}

export const at = (port: number, host = '127.0.0.1') => `${host}:${port}`
