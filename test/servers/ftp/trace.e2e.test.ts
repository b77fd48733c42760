import { expect, test } from 'vitest'
import { ftpDissector } from '../../../shared/trace/dissectors/ftp.ts'
import type { MessageEvent, TraceEvent } from '../../../shared/trace/event.ts'
import { Trace } from '../../../shared/trace/trace.ts'
import { freePort } from '../../helpers/free-port.ts'
import { EventRecorder, recordEvents } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, ftpSuite, listenForData, openDataConnection, openSession, upload } from './sessions.ts'

const isMessage = (event: TraceEvent): event is MessageEvent => event.kind === 'message'
const isClose = ({ kind, channel }: TraceEvent) => kind === 'close' && channel === 'control'

/** The messages of one direction, with everything in them that both ends see. */
function messages(recorder: EventRecorder, wanted: 'request' | 'response') {
  return recorder
    .of('ftp')
    .filter(isMessage)
    .filter(({ direction }) => direction === wanted)
    .map(({ conversation, exchange, summary, bytes, size }) => ({
      conversation,
      exchange,
      summary,
      bytes: Buffer.from(bytes).toString('latin1'),
      size,
    }))
}

/** What the trace tells beside messages, without the open and close of connections. */
function notices(recorder: EventRecorder): string[] {
  const events = recorder.of('ftp').filter(({ kind }) => kind === 'state' || kind === 'error')
  return events.map(({ kind, summary }) => `${kind} ${summary}`)
}

test('what the server emits of a session is what the tap of the client sees', async () => {
  const { suite, port } = await ftpSuite()
  const server = recordEvents(suite.trace)
  const wire = await Wire.connect(port)
  const trace = new Trace()
  const client = new EventRecorder(trace)
  trace.follow(wire.socket, { protocol: 'ftp', side: 'client', dissector: ftpDissector })
  await wire.play('S: 220 *\nC: user alice\nS: 331 *')
  // Telnet commands, a line in two packets, an empty line, and no command.
  wire.send('NOOP\r\n\xff\xf4PA\xff\xfb\x01SS wonder')
  await wire.play('S: 200 OK')
  wire.send('land\r\n')
  await wire.play('S: 230 *')
  wire.send('\r\nNOOP\r\n NOOP\r\nFEAT\r\nX\xc3\xa9 y\r\nCWD a\0b\r\n')
  for (let ends = 0; ends < 5; ) if (/^\d{3} /.test((await wire.line()) ?? '500 closed')) ends += 1
  const stored = await openDataConnection(wire)
  await wire.play('C: STOR a.txt\nS: 150 *')
  // The reply to STAT comes before that to STOR.
  wire.send('STAT\r\n\xff\xf4\xff\xf2ABOR\r')
  await wire.play('S: 211 *\nS: 426 *\nS: 226 *')
  await stored.readToEnd()
  // Complete lines get replies before the session ends; the last one is not complete.
  wire.send(`\nRETR ${'x'.repeat(5000)}\r\nNOOP\r\nPASS again`)
  await wire.play('S: 500 *\nS: 200 *')
  wire.socket.end()
  await wire.readToEnd()
  await Promise.all([server.until(isClose), client.until(isClose)])
  expect(messages(server, 'request')).toEqual(messages(client, 'request'))
  expect(messages(server, 'response')).toEqual(messages(client, 'response'))
  const commands = ['3 PASS ****', '8 CWD a\\x00b', '15 PASS ****'].map(text => `message request ${text}`)
  expect(server.lines()).toEqual(expect.arrayContaining([...commands, 'message response 10 426 Transfer aborted']))
  expect(notices(server)).toEqual(notices(client))
  expect(notices(server)).toEqual(['state logged in as alice', 'error not an FTP command: Xé y'])
})

test('the trace has the refusal of a client, and TLS on a port in clear', async () => {
  const { suite, port } = await ftpSuite({ ftp: { maxConnections: 1 } })
  const recorder = recordEvents(suite.trace)
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  await (await Wire.connect(port)).play('S: 421 Too many connections; try again later\nS: (closed)')
  await recorder.until(isClose)
  wire.send('\x16\x03\x01\r\n')
  await wire.play('S: 500 *')
  wire.socket.destroy()
  await recorder.untilCount(isClose, 2)
  const strange = await openSession(port, '')
  strange.send('\x16\x03\x01\r\nNOOP\r\n')
  await strange.play('S: 220 *\nS: 500 *\nS: 200 *\nC: QUIT\nS: 221 *\nS: (closed)')
  await recorder.untilCount(isClose, 3)
  expect(recorder.lines().filter(line => / 0 421| 0 500| 0 200/.test(line))).toEqual([
    'message response 0 421 Too many connections; try again later',
    'message response 0 500 Unknown command; HELP lists the commands',
    'message response 0 200 OK',
  ])
  expect(notices(recorder)).toEqual([
    'state logged in as anonymous',
    'error not an FTP command: \\x16\\x03\\x01',
    'error a TLS handshake: on this port, TLS begins with AUTH TLS',
  ])
})

test('the last reply has the number of QUIT, or none', async () => {
  const { suite, port } = await ftpSuite({ ftp: { idleTimeout: 1000 } })
  const recorder = recordEvents(suite.trace)
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  wire.send('QUIT\r\nNOOP\r\n')
  await wire.play('S: 221 *\nS: (closed)')
  wire.socket.end()
  const idle = await openSession(port, ANONYMOUS_LOGIN)
  await idle.play('S: 421 Idle *\nS: (closed)')
  idle.socket.end()
  await recorder.untilCount(isClose, 2)
  expect(recorder.lines().filter(line => / (221|421|NOOP)/.test(line))).toEqual([
    'message request 4 NOOP',
    'message response 3 221 Goodbye',
    'message response 0 421 Idle for 1 s; closing',
  ])
})

test('a data connection that was open before the trace had a listener has an open event, and no transfer', async () => {
  const { suite, port, read } = await ftpSuite()
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: STOR a.txt\nS: 150 *')
  const recorder = recordEvents(suite.trace)
  const { localPort, remotePort } = data.socket
  expect(recorder.events.filter(({ channel }) => channel === 'data')).toMatchObject([
    {
      kind: 'open',
      transport: 'tcp',
      client: { host: '127.0.0.1', port: localPort },
      server: { host: '127.0.0.1', port: remotePort },
      summary: `connected to 127.0.0.1:${remotePort}`,
      conversation: recorder.events[0]?.conversation,
    },
  ])
  data.send('content')
  data.socket.end()
  await wire.play('S: 226 *')
  await recorder.until(({ kind, channel }) => kind === 'close' && channel === 'data')
  expect(await read('a.txt')).toBe('content')
  expect(recorder.lines().some(line => line.startsWith('transfer'))).toBe(false)
})

test('in active mode a data connection opens when the transfer begins, or has an error', async () => {
  const { suite, port } = await ftpSuite()
  const recorder = recordEvents(suite.trace)
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  const { server, port: dataPort, address } = await listenForData()
  server.on('connection', socket => socket.resume())
  await wire.play(`C: PORT ${address}\nS: 200 *\nC: RETR files/hello.txt\nS: 150 *\nS: 226 *`)
  await recorder.until(({ kind, channel }) => kind === 'close' && channel === 'data')
  const closed = await freePort()
  await wire.play(`C: EPRT |1|127.0.0.1|${closed}|\nS: 200 *\nC: RETR files/hello.txt\nS: 150 *\nS: 425 *`)
  await recorder.untilCount(({ kind, channel }) => kind === 'close' && channel === 'data', 2)
  const onData = recorder.events.filter(({ channel }) => channel === 'data')
  expect(onData).toMatchObject([
    { kind: 'open', client: { host: '127.0.0.1', port: dataPort }, server: { host: '127.0.0.1' } },
    { kind: 'transfer', direction: 'response', exchange: 4, size: 21 },
    { kind: 'close', summary: 'connection closed' },
    { kind: 'error', summary: `connect ECONNREFUSED 127.0.0.1:${closed}` },
    { kind: 'close' },
  ])
  expect(new Set(recorder.of('ftp').map(({ conversation }) => conversation)).size).toBe(1)
})

test('a transfer has its first bytes, its size, and the exchange of its command among pipelined ones', async () => {
  const { suite, port } = await ftpSuite()
  const wire = await openSession(port)
  const content = 'a line of text\n'.repeat(50_000)
  await upload(wire, 'STOR large.txt', content)
  const recorder = recordEvents(suite.trace)
  const data = await openDataConnection(wire)
  wire.send('NOOP\r\nRETR large.txt\r\nNOOP\r\n')
  expect(await data.readToEnd()).toBe(content)
  data.socket.end()
  await wire.play('S: 200 *\nS: 150 *\nS: 226 *\nS: 200 *')
  const transfer = await recorder.until(({ kind }) => kind === 'transfer')
  // The commands before the trace had a listener count, too: USER, PASS, EPSV, STOR.
  expect(transfer).toMatchObject({ channel: 'data', direction: 'response', exchange: 7, size: content.length })
  expect(recorder.lines()).toContain('message request 7 RETR large.txt')
  expect(recorder.lines()).toContain('message response 7 226 Transfer complete')
  expect(transfer.summary).toMatch(/^server sent 750000 bytes \(.+\/s\)$/)
  expect('bytes' in transfer && String(transfer.bytes)).toBe(content.slice(0, 4096))
})
