/** The floor: a node:dgram socket that sets the QR bit of every query and sends it back. Argument: the port. */
import { createSocket } from 'node:dgram'

const socket = createSocket('udp4')
socket.on('message', (bytes, { port, address }) => {
  bytes[2] = (bytes[2] ?? 0) | 0x80
  socket.send(bytes, port, address)
})
socket.bind(Number(process.argv[2]), '127.0.0.1')
