/** Servers of tests of the client: node:http, and sockets that send any bytes. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Starts an HTTP server; returns its authority, `127.0.0.1:PORT`. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a server that calls back with the head of the first request of each connection; returns its authority. */
export async function serveSocket(onRequest: (head: string, socket: Socket) => void): Promise<string> {
  const server = createTcpServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.once('data', bytes => onRequest(String(bytes), socket))
    onTestFinished(() => void socket.destroy())
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a server that responds to any request with these bytes and closes the connection; returns its authority. */
export async function serveBytes(response: string | Uint8Array): Promise<string> {
  return serveSocket((_head, socket) => void socket.end(response))
}
