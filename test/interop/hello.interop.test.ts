import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { sendHello } from '../../clients/hello/index.ts'
import { suiteFor } from '../helpers/suite.ts'
import { requireTool, runTool } from './tools.ts'

const PYTHON_CLIENT = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(('127.0.0.1', int(sys.argv[1])))
s.send(b'Hello from client')
data = s.recv(1024)
print(data.decode())
s.close()
`

const PYTHON_SERVER = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(('127.0.0.1', 0))
s.listen(1)
print(s.getsockname()[1], flush=True)
conn, addr = s.accept()
print(conn.recv(1024).decode(), flush=True)
conn.send(b'Hello from Python')
conn.close()
`

test('the server answers a Python client', async context => {
  requireTool('python3', context)
  const { hello } = await suiteFor({ services: ['hello'] })
  const { stdout, code } = await runTool('python3', ['-c', PYTHON_CLIENT, String(hello.port)])
  expect({ stdout, code }).toEqual({ stdout: 'Hello from server\n', code: 0 })
})

test('the client receives the answer of a Python server', async context => {
  requireTool('python3', context)
  const server = spawn('python3', ['-c', PYTHON_SERVER])
  const closed = once(server, 'close')
  const printed = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  const { value: port } = await printed.next()
  const reply = await sendHello({ host: '127.0.0.1', port: Number(port) })
  expect(reply.text).toBe('Hello from Python')
  expect(await printed.next()).toEqual({ value: 'Hello from client', done: false })
  expect(await closed).toEqual([0, null])
})
