import { mkdir, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ftp } from '../../../servers/ftp/index.ts'
import { temporaryFileName } from '../../../shared/files/upload/temporary-file.ts'
import { silentLog } from '../../../shared/log.ts'
import { createTestContext } from '../../helpers/context.ts'
import { suiteFor } from '../../helpers/suite.ts'
import {
  createDataFolder,
  download,
  ftpSuite,
  openDataConnection,
  openSession,
  requestPassivePort,
  sendCommand,
} from './sessions.ts'

/** More than a socket buffers, so that a transfer does not complete if the client does not read. */
const HUGE = 64 * 1024 * 1024

test('readers see the old file until the upload is complete', async () => {
  const { port, read } = await ftpSuite()
  const wire = await openSession(port)
  const other = await openSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: STOR files/hello.txt\nS: 150 *')
  data.send('new')
  expect(await read('files/hello.txt')).toBe('Hello from Fourwire.\n')
  expect(await download(other, 'NLST files')).toBe('files/hello.txt\r\nfiles/numbers.txt\r\n')
  expect(await download(other, 'MLSD files')).not.toContain('upload')
  data.socket.end()
  await wire.play('S: 226 *')
  expect(await read('files/hello.txt')).toBe('new')
})

test('the temporary file of an upload is not accessible', async () => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: STOR new.txt\nS: 150 *')
  const temporary = (await names()).find(name => name.startsWith('.fourwire-upload-'))
  const other = await openSession(port)
  for (const command of ['SIZE', 'MDTM', 'DELE', 'RNFR', 'MLST']) {
    expect(await sendCommand(other, `${command} ${temporary}`)).toMatch(/^550 /)
  }
  data.socket.end()
  await wire.play('S: 226 *')
  expect(await names()).toEqual(['files', 'index.html', 'new.txt'])
})

test('HTTP serves the file as soon as it is complete, and not before', async () => {
  const { ftp, http, dataFolder } = await suiteFor({ services: ['http', 'ftp'] })
  const wire = await openSession(ftp.port)
  const data = await openDataConnection(wire)
  await wire.play('C: STOR files/new.txt\nS: 150 *')
  data.send('half')
  const temporary = (await readdir(path.join(dataFolder, 'www/files'))).find(name => name.startsWith('.')) ?? '(none)'
  const get = (name: string) => globalThis.fetch(`${http.url}files/${name}`)
  expect([(await get('new.txt')).status, (await get(temporary)).status]).toEqual([404, 404])
  expect(await (await get('')).text()).not.toContain('upload')
  data.socket.end(' and half')
  await wire.play('S: 226 *')
  expect(await (await get('new.txt')).text()).toBe('half and half')
})

test('an upload whose data connection fails leaves no file', async () => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: STOR files/half.txt\nS: 150 *')
  data.send('half')
  data.socket.resetAndDestroy()
  await wire.play('S: 426 *\nC: NOOP\nS: 200 OK')
  expect(await names('files')).toEqual(['hello.txt', 'numbers.txt'])
})

test('an upload whose client disconnects leaves no file, although the data connection ended normally', async () => {
  const data = await createDataFolder()
  const { suite, port } = await ftpSuite({ data })
  const wire = await openSession(port)
  const dataWire = await openDataConnection(wire)
  await wire.play('C: STOR files/half.txt\nS: 150 *')
  dataWire.send('half')
  wire.socket.destroy()
  dataWire.socket.end()
  await suite.close()
  expect(await readdir(path.join(data, 'www/files'))).toEqual(['hello.txt', 'numbers.txt'])
})

test('removes stale temporary files at start, so that their directory can be removed', async () => {
  let resolveRemoved = (_fields: object) => {}
  const removed = new Promise<object>(resolve => {
    resolveRemoved = resolve
  })
  const info = (fields: object, message: string) => void (message.includes('removed') && resolveRemoved(fields))
  const { context } = await createTestContext({ log: { ...silentLog, info } })
  const folder = path.join(context.files.root, 'uploads')
  await mkdir(folder)
  const stale = path.join(folder, temporaryFileName())
  await writeFile(stale, 'half')
  await utimes(stale, 0, 0)
  const service = ftp.create(ftp.options.parse({ port: 0 }), context)
  onTestFinished(() => service.close())
  const port = (await service.listen())[0]?.port ?? 0
  expect(await removed).toEqual({ removed: 1 })
  const wire = await openSession(port)
  await wire.play('C: RMD uploads\nS: 250 *')
})

test('close waits for a transfer in progress, and then sends 421', async () => {
  const data = await createDataFolder()
  const { suite, port } = await ftpSuite({ data })
  const idle = await openSession(port)
  const wire = await openSession(port)
  const dataWire = await openDataConnection(wire)
  await wire.play('C: STOR files/last.txt\nS: 150 *')
  dataWire.send('the ')
  const closed = suite.close()
  await idle.play('S: 421 The server is closing\nS: (closed)')
  dataWire.send('last')
  dataWire.socket.end()
  await wire.play('S: 226 *\nS: 421 The server is closing\nS: (closed)')
  await closed
  expect(await readFile(path.join(data, 'www/files/last.txt'), 'latin1')).toBe('the last')
})

test('close aborts an upload that exceeds the drain time, and leaves no file', async () => {
  const data = await createDataFolder()
  const { suite, port } = await ftpSuite({ data, drainTime: 0 })
  const up = await openSession(port)
  const upData = await openDataConnection(up)
  await up.play('C: STOR files/half.txt\nS: 150 *')
  upData.send('half')
  await writeFile(path.join(data, 'www/huge'), '')
  await truncate(path.join(data, 'www/huge'), HUGE)
  const down = await openSession(port)
  const downData = connect(await requestPassivePort(down), '127.0.0.1')
  onTestFinished(() => {
    downData.destroy()
  })
  await down.play('C: RETR huge\nS: 150 *')
  await suite.close()
  await up.play('S: 426 Transfer aborted\nS: 421 The server is closing\nS: (closed)')
  expect(await readdir(path.join(data, 'www/files'))).toEqual(['hello.txt', 'numbers.txt'])
})

test('ABOR aborts a transfer with 426 and 226, and the session continues', async () => {
  const { port, www } = await ftpSuite()
  await writeFile(path.join(www, 'huge'), '')
  await truncate(path.join(www, 'huge'), HUGE)
  const wire = await openSession(port)
  const data = connect(await requestPassivePort(wire), '127.0.0.1')
  data.on('error', () => {})
  await wire.play(`
    C: RETR huge
    S: 150 Data connection for /huge (67108864 bytes)
    C: STAT
    S: 211 /huge (67108864 bytes): * bytes moved
    C: ABOR
    S: 426 Transfer aborted
    S: 226 No transfer is under way now
    C: NOOP
    S: 200 OK
  `)
  data.destroy()
})

test('accepts ABOR with Telnet commands and without its LF, as urgent data arrives', async () => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  await openDataConnection(wire)
  await wire.play('C: STOR files/half.txt\nS: 150 *')
  wire.send('\u00ff\u00f4\u00ff\u00f2ABOR\r')
  await wire.play('S: 426 *\nS: 226 *\nC: NOOP\nS: 200 OK')
  expect(await names('files')).toEqual(['hello.txt', 'numbers.txt'])
})

test('ABOR aborts waiting for a data connection', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port)
  await requestPassivePort(wire)
  await wire.play('C: RETR index.html\nS: 150 *\nC: ABOR\nS: 426 *\nS: 226 *')
})
