import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { errorCode } from '../../../shared/errors.ts'
import { emptyFolder, launchStart, runFourwire, runInProcess, startFourwire } from '../../helpers/cli.ts'
import { Wire } from '../../helpers/wire.ts'

const HELLO = ['hello', '--hello-port', '0']

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as { port: number }).port
}

test('prints a banner with the URL of each endpoint; SIGTERM stops it with exit code 0', async () => {
  const cwd = await emptyFolder()
  const started = launchStart(HELLO, { cwd })
  expect(await started.line()).toMatch(/^Fourwire \d+\.\d+\.\d+: 1 service, data in .*fourwire-data$/)
  expect(await started.line()).toBe('')
  expect(await started.line()).toMatch(/^ {2}hello {3}tcp:\/\/127\.0\.0\.1:\d+$/)
  expect((await started.stop()).code).toBe(0)
})

test('with --tls the banner has the TLS endpoints and the certificate to trust', async () => {
  const cwd = await emptyFolder()
  const free = ['--http-port', '0', '--http-tls-port', '0', '--dns-port', '0', '--dns-tls-port', '0']
  const started = launchStart(['http', 'dns', '--tls', ...free], { cwd })
  const lines: string[] = []
  while (lines.at(-1) !== 'Ctrl+C stops.') lines.push(await started.line())
  const shown = lines.map(line => line.replace(/:\d+\//, ':PORT/'))
  expect(shown.slice(2, -1)).toEqual([
    '  http    http://127.0.0.1:PORT/',
    '  http    https://127.0.0.1:PORT/',
    '  dns     dns://127.0.0.1:PORT/  (udp, tcp)',
    '  dns     dns://127.0.0.1:PORT/  (tls)',
    '',
    'Accounts: alice (password wonderland), bob (password builder)',
    `TLS: trust ${path.join(cwd, 'fourwire-data/tls/ca.pem')}, as with curl --cacert`,
    expect.stringMatching(/^Try: node .*main\.js http http:\/\/www\.fourwire\.test\/ --trace$/),
  ])
  expect(existsSync(path.join(cwd, 'fourwire-data/tls/ca.pem'))).toBe(true)
  expect((await started.stop()).code).toBe(0)
})

test('prints the conversation live, one line per message', async () => {
  const started = launchStart(HELLO, { cwd: await emptyFolder() })
  await started.line()
  await started.line()
  const port = Number(/:(\d+)$/.exec(await started.line())?.[1])
  while ((await started.line()) !== 'Ctrl+C stops.');
  const wire = await Wire.connect(port)
  wire.send('Hello from a test')
  await wire.readToEnd()
  const client = `127.0.0.1:${wire.socket.localPort}`.padEnd(21)
  const clock = /^\d\d:\d\d:\d\d\.\d{3} {2}/
  const lines = [await started.line(), await started.line(), await started.line()]
  expect(lines.map(line => line.replace(clock, ''))).toEqual([
    `hello + ${client} connected to 127.0.0.1:${port}`,
    `hello > ${client} Hello from a test`,
    `hello < ${client} Hello from server`,
  ])
  expect(lines[0]).toMatch(clock)
})

test('with --json standard output has only JSON lines: first ready, then events', async () => {
  const started = await startFourwire(HELLO, { cwd: await emptyFolder() })
  expect(started.endpoints).toEqual([
    {
      service: 'hello',
      scheme: 'tcp',
      transport: 'tcp',
      host: '127.0.0.1',
      port: expect.any(Number),
      url: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
    },
  ])
  const wire = await Wire.connect(started.endpoints[0]?.port ?? 0)
  wire.send('Hello')
  await wire.readToEnd()
  const kinds = [await started.line(), await started.line(), await started.line()].map(line => JSON.parse(line).kind)
  expect(kinds).toEqual(['open', 'message', 'message'])
})

test('--quiet prints the endpoints and not the conversation', async () => {
  const cwd = await emptyFolder()
  const started = await startFourwire([...HELLO, '--quiet'], { cwd })
  const wire = await Wire.connect(started.endpoints[0]?.port ?? 0)
  wire.send('Hello')
  await wire.readToEnd()
  await started.stop()
  await expect(started.line()).rejects.toThrow('printed no more lines')
})

test('SIGINT stops it with exit code 0 and removes its record', async () => {
  const cwd = await emptyFolder()
  const started = await startFourwire(HELLO, { cwd })
  const running = path.join(cwd, 'fourwire-data/running')
  expect(await readdir(running)).toHaveLength(1)
  expect(await started.stop('SIGINT')).toEqual({ code: 0, stderr: '' })
  expect(await readdir(running)).toEqual([])
})

test.skipIf(process.platform === 'win32')('SIGHUP reloads files, and the suite keeps running', async () => {
  const cwd = await emptyFolder()
  const started = await startFourwire(['dns', '--dns-port', '0'], { cwd })
  await writeFile(path.join(cwd, 'fourwire-data/zones/bad.test.zone'), 'nothing\n')
  const logged = new Promise<string>(resolve => {
    started.child.stderr.once('data', part => resolve(String(part)))
  })
  started.child.kill('SIGHUP')
  expect(await logged).toMatch(/bad\.test\.zone:1: .*reload failed/)
  expect((await started.stop()).code).toBe(0)
})

test('a second signal ends the process during the drain', async () => {
  const started = await startFourwire([...HELLO, '--drain-time', '60000'], { cwd: await emptyFolder() })
  const port = started.endpoints[0]?.port ?? 0
  const wire = await Wire.connect(port)
  await started.line()
  started.child.kill('SIGTERM')
  await untilRefused(port)
  expect((await started.stop('SIGTERM')).code).toBe(130)
  expect(await wire.readToEnd()).toBe('')
})

/** Waits until the drain has begun: the listening socket is closed first, so a connection is then refused. */
async function untilRefused(port: number): Promise<void> {
  try {
    const wire = await Wire.connect(port)
    wire.socket.destroy()
  } catch (error) {
    // A connection in the backlog of the closed socket is reset.
    if (errorCode(error) === 'ECONNREFUSED') return
    expect(errorCode(error)).toBe('ECONNRESET')
  }
  return untilRefused(port)
}

test('a port in use: exits with code 1 and one message, and leaves no record', async () => {
  const port = await takenPort()
  const cwd = await emptyFolder()
  const args = ['start', 'http', 'hello', '--http-port', '0', '--hello-port', String(port)]
  expect(await runInProcess(args, { cwd })).toEqual({
    code: 1,
    stdout: '',
    stderr: `fourwire: cannot listen on 127.0.0.1:${port} (hello): port in use. Choose another with --hello-port, or 0 for any free port\n`,
  })
  expect(await readdir(path.join(cwd, 'fourwire-data'))).not.toContain('running')
})

test('a flag overrides the environment, which overrides the config file', async () => {
  const cwd = await emptyFolder()
  const taken = String(await takenPort())
  await writeFile(path.join(cwd, 'fourwire.json'), `{ "services": ["hello"], "hello": { "port": ${taken} } }`)
  const byConfig = await runInProcess(['start'], { cwd })
  expect(byConfig.stderr).toContain(`:${taken} (hello): port in use`)
  const byEnvironment = await startFourwire([], { cwd, env: { FOURWIRE_HELLO_PORT: '0' } })
  expect(byEnvironment.endpoints.map(({ service }) => service)).toEqual(['hello'])
  const byFlag = await startFourwire(['--hello-port', '0'], { cwd, env: { FOURWIRE_HELLO_PORT: taken } })
  expect(byFlag.endpoints).toHaveLength(1)
})

test('a list is separated by commas, or its flag is repeated, or both', async () => {
  const domains = ['--smtp-domains', 'a.test,b.test', '--smtp-domains', 'c.test']
  const started = await startFourwire(['smtp', '--smtp-port', '0', ...domains], { cwd: await emptyFolder() })
  const wire = await Wire.connect(started.endpoints[0]?.port ?? 0)
  await wire.play(`
    S: 220 *
    C: HELO me
    S: 250 *
    C: MAIL FROM:<>
    S: 250 *
    C: RCPT TO:<x@a.test>
    S: 250 *
    C: RCPT TO:<x@b.test>
    S: 250 *
    C: RCPT TO:<x@c.test>
    S: 250 *
    C: RCPT TO:<x@fourwire.test>
    S: 550 *
  `)
})

test('counts events that a slow reader misses, and keeps running', async () => {
  const started = await startFourwire(['http', '--http-port', '0'], { cwd: await emptyFolder() })
  const port = started.endpoints[0]?.port ?? 0
  // Each response is printed with its 3893 bytes in base64: 4000 of them exceed the 16 MiB buffer and the pipe.
  const get = 'GET /files/numbers.txt HTTP/1.1\r\nHost: x\r\n'
  const sendRequests = async (times: number) => {
    const wire = await Wire.connect(port)
    wire.send(`${`${get}\r\n`.repeat(times - 1)}${get}Connection: close\r\n\r\n`)
    await wire.readToEnd()
    wire.socket.destroy()
  }
  started.pause()
  for (let round = 0; round < 8; round += 1) await sendRequests(500)
  started.resume()
  let line = ''
  const sending = (async () => {
    while (!line.startsWith('{"kind":"missed"')) await sendRequests(1)
  })()
  while (!line.startsWith('{"kind":"missed"')) line = await started.line()
  await sending
  expect(JSON.parse(line)).toEqual({ kind: 'missed', events: expect.any(Number) })
})

test('--log-level info logs connections on standard error', async () => {
  const started = await startFourwire([...HELLO, '--log-level', 'info'], { cwd: await emptyFolder() })
  const wire = await Wire.connect(started.endpoints[0]?.port ?? 0)
  wire.send('Hello from a test')
  await wire.readToEnd()
  wire.socket.destroy()
  const { stderr } = await started.stop()
  expect(
    stderr
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).msg),
  ).toEqual(['hello: connected', 'hello: received'])
})

test('--config and --data set the config file and the data folder', async () => {
  const cwd = await emptyFolder()
  await writeFile(path.join(cwd, 'other.json'), '{ "services": ["hello"], "hello": { "port": 0 } }')
  const started = await startFourwire(['--config', 'other.json', '--data', 'else/where'], { cwd })
  expect(started.endpoints.map(({ service }) => service)).toEqual(['hello'])
  expect(await readdir(path.join(cwd, 'else/where'))).toEqual(expect.arrayContaining(['running', 'www']))
})

test.each([
  [['start', 'gopher'], 'service: must be one of hello, http, ftp, smtp, dns (given: "gopher")'],
  [['start', 'dnss'], 'service: must be one of hello, http, ftp, smtp, dns (given: "dnss"). Did you mean `dns`?'],
  [['start', 'dns', 'dns'], 'service: a service can be listed only once (given: ["dns","dns"])'],
  [['start', '--hello-port', 'x'], '--hello-port: must be a whole number from 0 to 65535 (given: "x")'],
  [['start', '--hello-port', ''], '--hello-port: must be a whole number from 0 to 65535 (given: "")'],
  [['start', '--hello-port'], 'missing value: --hello-port <N>. See fourwire start --help'],
  [['start', '--config', 'none.json'], 'cannot read config file none.json: no such file or folder'],
  [['start', '--no-such-flag'], 'unknown option --no-such-flag. See fourwire start --help'],
  [['start', '--dns-prot', '1'], 'unknown option --dns-prot. Did you mean `--dns-port`? See fourwire start --help'],
  [
    ['start', '--log-level', 'inof'],
    '--log-level: must be one of error, warn, info, debug (given: "inof"). Did you mean `info`? See fourwire start --help',
  ],
  [['strat'], 'unknown command strat. Did you mean `start`? See fourwire --help'],
  [['gopher'], 'unknown command gopher. See fourwire --help'],
  [['ftp', 'sl'], 'unknown command sl. Did you mean `ls`? See fourwire ftp --help'],
  [['hello', '--timeot', '5'], 'unknown option --timeot. Did you mean `--timeout`? See fourwire hello --help'],
  [['http'], 'missing argument <request>. See fourwire http --help'],
  [['schema', '--output', '/no/such/folder/x'], 'cannot write /no/such/folder/x: no such file or folder'],
])('%j fails with exit code 2', async (args, message) => {
  const { code, stderr, stdout } = await runInProcess(args, { cwd: await emptyFolder() })
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `fourwire: ${message}\n` })
})

test.each([
  ['/dev/null', 'it is a file, not a folder'],
  ['/dev/null/x', 'part of the path is a file, not a folder'],
  ['/proc/x/y', 'the file system does not allow new folders there'],
  ['/proc', 'the file system does not allow new folders there (www)'],
])('rejects the data folder %s at once', async (folder, reason) => {
  const { code, stderr } = await runInProcess(['start', ...HELLO, '--data', folder], { cwd: await emptyFolder() })
  const message = `fourwire: cannot use data folder ${folder}: ${reason}. Choose another with --data\n`
  expect({ code, stderr }).toEqual({ code: 2, stderr: message })
})

test('rejects a data folder without write permission', async () => {
  const cwd = await emptyFolder()
  const data = path.join(cwd, 'data')
  await mkdir(data)
  await chmod(data, 0o555)
  const { code, stderr } = await runFourwire(['start', ...HELLO, '--data', data], { cwd, asOrdinaryUser: true })
  const message = `fourwire: cannot use data folder ${data}: permission denied (www). Choose another with --data\n`
  expect({ code, stderr }).toEqual({ code: 2, stderr: message })
})

test('--port suggests the flags of the services', async () => {
  const { code, stderr } = await runInProcess(['start', '--port', '8080'], { cwd: await emptyFolder() })
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /^fourwire: unknown option --port\. Did you mean one of --hello-port, --http-port, .*--dns-port/,
  )
})

test('a config file with an unknown key suggests the right one', async () => {
  const cwd = await emptyFolder()
  await writeFile(path.join(cwd, 'fourwire.json'), '{ "dns": { "prot": 1 } }')
  const { code, stderr } = await runInProcess(['start'], { cwd })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `fourwire: ${path.join(cwd, 'fourwire.json')}: dns.prot: unknown option. Did you mean \`port\`?\n`,
  })
})

test('logs an unknown environment variable with a suggestion', async () => {
  const env = { FOURWIRE_HELLO_PROT: '1' }
  const started = await startFourwire(HELLO, { cwd: await emptyFolder(), env })
  const { stderr } = await started.stop()
  expect(JSON.parse(stderr)).toMatchObject({
    variable: 'FOURWIRE_HELLO_PROT',
    msg: 'ignored unknown environment variable FOURWIRE_HELLO_PROT. Did you mean `FOURWIRE_HELLO_PORT`?',
  })
})

test('a second start on the same data folder names the first; with --free-ports it starts too', async () => {
  const cwd = await emptyFolder()
  const first = await startFourwire(['hello', 'http', '--free-ports'], { cwd })
  const [hello, http] = first.endpoints
  const ports = ['--http-port', String(http?.port), '--hello-port', String(hello?.port)]
  const { code, stderr } = await runInProcess(['start', 'http', 'hello', ...ports], { cwd })
  expect(code).toBe(1)
  expect(stderr.replace(/since [-\d]+ [:\d]+/, 'since TIME').split('\n')).toEqual([
    `fourwire: already running on this data folder since TIME (pid ${first.child.pid}):`,
    `  ${hello?.url}`,
    `  ${http?.url}`,
    'Use it, stop it, or start this one on other ports with --free-ports',
    '',
  ])
  const second = await startFourwire(['hello', 'http', '--free-ports'], {
    cwd,
    env: { FOURWIRE_HTTP_PORT: String(http?.port) },
  })
  expect(second.endpoints).toHaveLength(2)
})

test('with --tls and no service that uses TLS, the banner has no TLS advice', async () => {
  const started = launchStart([...HELLO, '--tls'], { cwd: await emptyFolder() })
  const lines: string[] = []
  while (lines.at(-1) !== 'Ctrl+C stops.') lines.push(await started.line())
  expect(lines.join('\n')).not.toContain('TLS')
})

test('the error for an invalid setting names the variable or the key that set it', async () => {
  const cwd = await emptyFolder()
  const byVariable = await runInProcess(['start'], { cwd, env: { FOURWIRE_HELLO_PORT: 'many' } })
  expect(byVariable.stderr).toBe(
    'fourwire: FOURWIRE_HELLO_PORT: must be a whole number from 0 to 65535 (given: "many")\n',
  )
  await writeFile(path.join(cwd, 'fourwire.json'), '{ "hello": { "port": true } }')
  const byFile = await runInProcess(['start'], { cwd })
  expect(byFile.stderr).toContain('fourwire.json: hello.port: must be a whole number from 0 to 65535 (given: true)')
})

test('the error for an address that is not available explains how to choose another', async () => {
  const { code, stderr } = await runInProcess(['start', ...HELLO, '--host', '192.0.2.1'], { cwd: await emptyFolder() })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'fourwire: cannot listen on 192.0.2.1:0 (hello): this machine does not have that address. Choose another with --host, or --hello-host for this service\n',
  })
})

test('stops with exit code 0 if its output is closed', async () => {
  const cwd = await emptyFolder()
  const started = await startFourwire(HELLO, { cwd })
  started.child.stdout.destroy()
  const exit = once(started.child, 'exit')
  const wire = await Wire.connect(started.endpoints[0]?.port ?? 0)
  wire.send('Hello')
  await wire.readToEnd()
  wire.socket.destroy()
  expect(await exit).toEqual([0, null])
})

test('a client reports and removes the stale record of a crashed suite', async () => {
  const cwd = await emptyFolder()
  const crashed = await startFourwire(HELLO, { cwd })
  await crashed.stop('SIGKILL')
  const running = path.join(cwd, 'fourwire-data/running')
  const [name] = await readdir(running)
  const { feed } = JSON.parse(await readFile(path.join(running, String(name)), 'utf8'))
  expect(existsSync(feed)).toBe(true)
  const { code, stderr } = await runInProcess(['hello', '--host', '127.0.0.1', '--port', '1'], { cwd })
  expect(stderr).toContain(
    `fourwire: removed ${path.join(running, String(name))}, the record of a suite that crashed\n`,
  )
  expect(code).toBe(3)
  expect(await readdir(running)).toEqual([])
  expect(existsSync(path.dirname(feed))).toBe(false)
})

test('the first start creates sample files in the data folder', async () => {
  const cwd = await emptyFolder()
  await startFourwire(HELLO, { cwd })
  expect(await readFile(path.join(cwd, 'fourwire-data/www/index.html'), 'utf8')).toContain('A small internet')
})
