/** TCP connections of which a test has both ends. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Listens for one connection. Its socket does not read until the test resumes it. */
export async function listenOnce(): Promise<{ port: number; accepted: Promise<Socket> }> {
  let accept: (socket: Socket) => void = () => {}
  const accepted = new Promise<Socket>(resolve => {
    accept = resolve
  })
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, socket => {
    server.close()
    onTestFinished(() => {
      socket.destroy()
    })
    accept(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, accepted }
}

/** Returns both ends of a connection; the second does not read until the test resumes it. */
export async function connectedPair(): Promise<[Socket, Socket]> {
  const { port, accepted } = await listenOnce()
  const near = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => {
    near.destroy()
  })
  return [near, await accepted]
}
