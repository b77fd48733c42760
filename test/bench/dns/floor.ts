/** The floor: a bare node:dgram socket that turns every query into a response by its QR bit. Argument: the port. */
import { createSocket } from 'node:dgram'

const socket = createSocket('udp4')
socket.on('message', (bytes, { port, address }) => {
  bytes[2] = (bytes[2] ?? 0) | 0x80
  socket.send(bytes, port, address)
})
socket.bind(Number(process.argv[2]), '127.0.0.1')
