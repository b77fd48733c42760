/** Commands that arrive during a transfer, as transcripts (RFC 959, sections 4.1.1 and 4.1.3). */
import { expect, test } from 'vitest'
import type { Wire } from '../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, download, ftpSuite, openDataConnection, openSession, upload } from './sessions.ts'
import { openSecureData, protectedSession, tlsSuite } from './tls-sessions.ts'

/** Begins an upload; its first bytes are with the server. */
async function beginUpload(wire: Wire): Promise<Wire> {
  const data = await openDataConnection(wire)
  await wire.play('C: STOR half\nS: 150 *')
  data.send('half')
  wire.send('STAT\r\n')
  await wire.play('S: 211 *')
  return data
}

function endUpload(data: Wire): void {
  data.send(' and half')
  data.socket.end()
}

test('QUIT: the transfer completes, then 221', async () => {
  const { port, read } = await ftpSuite()
  const wire = await openSession(port)
  const data = await beginUpload(wire)
  wire.send('QUIT\r\n')
  endUpload(data)
  await wire.play('S: 226 *\nS: 221 Goodbye\nS: (closed)')
  expect(await read('half')).toBe('half and half')
})

test('USER: the transfer completes with the permissions of the old login', async () => {
  const { port, read } = await ftpSuite()
  const wire = await openSession(port)
  const data = await beginUpload(wire)
  wire.send('USER anonymous\r\nPASS x\r\nSTOR other\r\n')
  endUpload(data)
  await wire.play('S: 226 *\nS: 331 *\nS: 230 *\nS: 550 This account may only read')
  expect(await read('half')).toBe('half and half')
})

test('REIN: the transfer completes, then the session is as after the greeting', async () => {
  const { port, read } = await ftpSuite()
  const wire = await openSession(port)
  await wire.play('C: CWD /\nS: 250 *\nC: TYPE A\nS: 200 *')
  const data = await beginUpload(wire)
  wire.send('REIN\r\nPWD\r\n')
  endUpload(data)
  await wire.play('S: 226 *\nS: 220 *\nS: 530 *\nC: USER anonymous\nS: 331 *\nC: PASS x\nS: 230 *')
  expect(await read('half')).toBe('half and half')
  expect(await download(wire, 'RETR half')).toBe('half and half')
})

test('REIN within TLS is refused: it would continue in clear', async () => {
  const { port } = await tlsSuite()
  const { wire } = await protectedSession(port)
  await wire.play('C: REIN\nS: 534 REIN would end TLS; open another connection\nC: PWD\nS: 257 *')
})

test('STAT shows the progress of a transfer, over TLS too', async () => {
  const { port } = await tlsSuite()
  const { wire } = await protectedSession(port)
  const data = await openSecureData(wire, 'STOR half')
  data.send(Buffer.alloc(4 * 1024 * 1024))
  for (let reply = ''; !/ [1-9]\d* bytes/.test(reply); ) {
    wire.send('STAT\r\n')
    reply = (await wire.line()) ?? '(closed)'
    expect(reply).toMatch(/^211 .*half: \d+ bytes moved$/)
  }
  data.socket.end()
  await wire.play('S: 226 *')
})

test('STAT waits for the end of the transfer if the client does not read the replies', async () => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  const name = 'a'.repeat(240)
  await wire.play(`C: STOR ${name}\nS: 150 *`)
  wire.socket.pause()
  // Their replies are more than the buffers of the system hold.
  const count = 100_000
  wire.send('STAT\r\n'.repeat(count))
  // Meanwhile the server serves another client.
  const other = await openSession(port)
  await other.play('C: NOOP\nS: 200 *')
  data.socket.end()
  await expect.poll(names).toContain(name)
  wire.socket.resume()
  let during = 0
  for (let line = await wire.line(); !line?.startsWith('226'); line = await wire.line()) during++
  expect(during).toBeLessThan(count)
})

test('ABOR reaches a transfer after many commands that were sent with it', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  const count = 150
  wire.send(`${'NOOP\r\n'.repeat(count)}STOR half\r\n`)
  await wire.play(`${'S: 200 OK\n'.repeat(count)}S: 150 *\nC: ABOR\nS: 426 *\nS: 226 *`)
  expect(await data.readToEnd()).toBe('')
})

test.each([
  ['before the 150, in one packet with the transfer', 'RETR files/hello.txt\r\nABOR\r\n', ['426', '226']],
  ['before the 150 of an upload', 'STOR x\r\nABOR\r\n', ['426', '226']],
  ['before the 150 of a listing', 'LIST\r\nabor\r\n', ['426', '226']],
  ['without a data connection', 'RETR files/hello.txt\r\nABOR\r\n', ['425', '226']],
  ['of nothing', 'ABOR\r\n', ['226']],
])('ABOR %s', async (title, commands, codes) => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  if (!title.startsWith('without')) await wire.play('C: EPSV\nS: 229 *')
  wire.send(commands)
  for (const code of codes) expect(await wire.line()).toMatch(new RegExp(`^${code} `))
  await wire.play('C: NOOP\nS: 200 OK')
  expect(await names()).toEqual(['files', 'index.html'])
  expect(await download(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\n')
})

test('ABOR while the server waits for the data connection', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  await wire.play('C: EPSV\nS: 229 *\nC: RETR files/hello.txt\nS: 150 *\nC: ABOR\nS: 426 *\nS: 226 *')
})

test('ABOR during the data, and after the transfer', async () => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  await beginUpload(wire)
  await wire.play('C: ABOR\nS: 426 *\nS: 226 *')
  expect(await names()).toEqual(['files', 'index.html'])
  await upload(wire, 'STOR whole', 'whole')
  await wire.play('C: ABOR\nS: 226 *')
  expect(await names()).toContain('whole')
})

test('ABOR during an upload over TLS drops it', async () => {
  const { suite, port } = await tlsSuite()
  const { wire } = await protectedSession(port)
  const data = await openSecureData(wire, 'STOR half')
  data.send('half')
  await wire.play('C: ABOR\nS: 426 *\nS: 226 *\nC: SIZE half\nS: 550 *')
  await suite.close()
})
