/** The server leaves files for the rest of the process if the system lets it open few. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { emptyFolder, startFourwire } from '../../helpers/cli.ts'

const MAX_OPEN_FILES = 256

test('more idle clients than the process may open files do not keep out another client', async () => {
  const cwd = await emptyFolder()
  const server = await startFourwire(['http', '--http-port', '0'], { cwd, maxOpenFiles: MAX_OPEN_FILES })
  const port = server.endpoints[0]?.port ?? 0
  for (let count = 0; count < 2 * MAX_OPEN_FILES; count += 1) {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    // The server closes the idlest ones.
    socket.on('error', () => undefined)
    await once(socket, 'connect')
  }
  const response = await fetch(`http://127.0.0.1:${port}/files/hello.txt`)
  expect([response.status, await response.text()]).toEqual([200, 'Hello from Fourwire.\n'])
  const { code, stderr } = await server.stop()
  expect(code).toBe(0)
  expect(stderr).toContain('too many connections; the idlest are closed. See ulimit -n')
})
