/** Commands that are sent without waiting for the replies, and clients that do not read or disconnect. */
import { expect, test } from 'vitest'
import { recordEvents } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'
import { ftpSuite, openSession } from '../sessions.ts'

test('replies to pipelined commands in order, however they are split into packets', async () => {
  const { port } = await ftpSuite()
  const wire = await Wire.connect(port)
  const commands = 'USER alice\r\nPASS wonderland\r\nCWD files\r\nPWD\r\nNOOP\nMKD x\r\nRMD x\r\n\r\nQUIT\r\nNOOP\r\n'
  for (const piece of commands.match(/[\s\S]{1,7}/g) ?? []) wire.send(piece)
  await wire.play(`
    S: 220 *
    S: 331 *
    S: 230 *
    S: 250 "/files"
    S: 257 "/files"
    S: 200 OK
    S: 257 "/files/x"
    S: 250 Removed
    S: 221 Goodbye
    S: (closed)
  `)
})

test('replies to a thousand pipelined commands', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port)
  wire.send('NOOP\r\n'.repeat(1000))
  for (let count = 0; count < 1000; count++) expect(await wire.line()).toBe('200 OK')
})

test('waits for a client that does not read, and then sends every reply', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port)
  wire.socket.pause()
  wire.send('HELP\r\n'.repeat(20_000))
  wire.send('QUIT\r\n')
  wire.socket.resume()
  const replies = await wire.readToEnd()
  expect(replies.match(/^214 HELP <command> shows what follows it\r$/gm)).toHaveLength(20_000)
  expect(replies.endsWith('221 Goodbye\r\n')).toBe(true)
})

test('sends the replies to a client that has closed its side after the last command', async () => {
  const { port } = await ftpSuite()
  const wire = await Wire.connect(port)
  wire.send('USER alice\r\nPASS wonderland\r\nSIZE files/hello.txt\r\n')
  wire.socket.end()
  expect(await wire.readToEnd()).toMatch(/^220 .*\r\n331 .*\r\n230 .*\r\n213 21\r\n$/)
})

test.each([
  ['before it logs in', 'HELP\r\n'.repeat(5000)],
  [
    'while a transfer waits for its data connection',
    `USER anonymous\r\nPASS x\r\nEPSV\r\nRETR index.html\r\n${'NOOP\r\n'.repeat(50)}`,
  ],
])('a client that disconnects with queued commands %s does not affect other clients', async (_title, commands) => {
  const { suite, port } = await ftpSuite()
  const recorder = recordEvents(suite.trace)
  const client = await Wire.connect(port)
  await client.line()
  client.socket.pause()
  client.send(commands)
  await recorder.until(event => event.kind === 'message' && event.direction === 'request' && event.exchange >= 4)
  client.socket.resetAndDestroy()
  await recorder.until(event => event.kind === 'close' && event.channel === 'control')
  const other = await Wire.connect(port)
  expect(await other.line()).toMatch(/^220 /)
})
