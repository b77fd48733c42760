import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { afterAllTests, emptyFolder, FOURWIRE, runFourwire, runInProcess, startFourwire } from '../../helpers/cli.ts'

const FREE_PORTS = ['hello', 'http', 'ftp', 'smtp', 'dns'].flatMap(name => [`--${name}-port`, '0'])

/** One running suite, which the tests share and do not change. */
let cwd = ''
let ports: Record<string, number> = {}

const cleanup = afterAllTests()

beforeAll(async () => {
  cwd = await emptyFolder(cleanup)
  const { endpoints } = await startFourwire([...FREE_PORTS, '--quiet'], { cwd, cleanup })
  ports = Object.fromEntries(endpoints.map(({ service, port }) => [service, port]))
})

/** The lines of a trace without times and addresses. */
function steps(trace: string): string[] {
  return trace
    .trimEnd()
    .split('\n')
    .map(line =>
      line
        .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
        .replace(/\+?\d+\.\d{3} ms/, 'MS')
        .replace(/ +/g, ' ')
        .trim(),
    )
}

test('--trace shows the DNS and the HTTP conversation, each with five steps from both ends', async () => {
  const { code, stdout, stderr } = await runFourwire(['http', 'http://www.fourwire.test/files/hello.txt', '--trace'], {
    cwd,
  })
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'Hello from Fourwire.\n' })
  expect(steps(stderr)).toEqual([
    'dns ADDRESS > ADDRESS',
    '1 client sends MS > query SRV _http._tcp.www.fourwire.test',
    '2 server receives MS',
    '3 server works MS',
    '4 server sends MS',
    `5 client has it MS < NOERROR _http._tcp.www.fourwire.test SRV 0 0 ${ports.http} www.fourwire.test.`,
    'http ADDRESS > ADDRESS',
    '1 client sends MS > GET /files/hello.txt HTTP/1.1',
    '2 server receives MS',
    '3 server works MS',
    '4 server sends MS',
    '5 client has it MS < HTTP/1.1 200 OK (text/plain; charset=utf-8, 21 bytes)',
    '< 21 bytes of text/plain; charset=utf-8',
  ])
})

test('the five steps are in order of time', async () => {
  const { stderr } = await runInProcess(['hello', '--trace'], { cwd })
  const at = (step: string) => Number(new RegExp(`${step} +\\+(\\d+\\.\\d+) ms`).exec(stderr)?.[1])
  const times = ['client sends', 'server receives', 'server sends', 'client has it'].map(at)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('every step of a conversation with several exchanges has a time', async () => {
  const ftp = await runInProcess(['ftp', 'ls', '/', '--trace'], { cwd })
  const mail = ['--from', 'ann@fourwire.test', '--to', 'bob@fourwire.test', '--text', 'Hi']
  const smtp = await runInProcess(['smtp', 'send', ...mail, '--trace'], { cwd })
  for (const { code, stderr } of [ftp, smtp]) {
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('1 client sends')
    expect(stderr).not.toContain('not seen')
  }
})

test('the trace of a server outside the suite has only the steps of the client', async () => {
  const elsewhere = await emptyFolder()
  const args = ['hello', '--host', '127.0.0.1', '--port', String(ports.hello), '--trace']
  const { code, stderr } = await runInProcess(args, { cwd: elsewhere })
  expect(code).toBe(0)
  expect(steps(stderr)).toEqual([
    'hello ADDRESS > ADDRESS',
    '1 client sends MS > Hello from client',
    '2 server receives not seen',
    '3 server works not seen',
    '4 server sends not seen',
    '5 client has it MS < Hello from server',
  ])
})

test('--data makes a client in another folder use the running suite', async () => {
  const args = ['http', 'http://www.fourwire.test/healthz', '--data', path.join(cwd, 'fourwire-data')]
  const { code, stdout } = await runInProcess(args, { cwd: await emptyFolder() })
  expect({ code, stdout: JSON.parse(stdout) }).toEqual({ code: 0, stdout: { status: 'ok' } })
})

test.each([
  ['hello', ['hello']],
  ['http', ['http', 'http://www.fourwire.test/healthz']],
  ['ftp', ['ftp', 'ls', '/']],
  ['smtp', ['smtp', 'send', '--from', 'a@fourwire.test', '--to', 'b@fourwire.test', '--text', 'x']],
  ['dns', ['dns', 'www.fourwire.test']],
])('%s --json prints one JSON document, and its trace as JSON lines on standard error', async (name, args) => {
  const { code, stdout, stderr } = await runInProcess([...args, '--json', '--trace'], { cwd })
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toBeTypeOf('object')
  const events = stderr
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const sides = events.filter(event => event.protocol === name && event.kind === 'message').map(event => event.side)
  expect(new Set(sides)).toEqual(new Set(['client', 'server']))
})

test.each([
  [['http', 'http://www.fourwire.test/no-such-page'], /^fourwire: .*404/m],
  [['dns', 'no-such-name.fourwire.test'], /^fourwire: NXDOMAIN/m],
  [['ftp', 'get', '/no-such-file', '-'], /^fourwire: .*550/m],
  [['smtp', 'send', '--from', 'a@fourwire.test', '--to', 'b@example.org', '--text', 'x'], /^fourwire: .*550 5\.7\.1/m],
])('a refusal of the server has its code and text, and exit code 1: %j', async (args, message) => {
  const { code, stderr } = await runInProcess(args, { cwd })
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
})

test.each([
  ['hello', ['hello', '--port', '1']],
  ['http', ['http', 'http://127.0.0.1:1/']],
  ['ftp', ['ftp', 'ls', 'ftp://127.0.0.1:1/']],
  ['smtp', ['smtp', 'send', '--from', 'a@b.test', '--to', 'c@d.test', '--text', 'x', '--server', '127.0.0.1:1']],
  ['dns', ['dns', 'x.test', '--server', '127.0.0.1:1']],
])('if no server listens, %s names the address and what to start, with exit code 3', async (name, args) => {
  const { code, stdout, stderr } = await runInProcess(args, { cwd: await emptyFolder() })
  expect({ code, stdout, stderr }).toEqual({
    code: 3,
    stdout: '',
    stderr: `fourwire: could not reach 127.0.0.1:1: connection refused. Is it running? Start it with: fourwire start ${name}\n`,
  })
})

test.each([
  ['http', ['http', 'http://127.0.0.1/'], '127.0.0.1:80'],
  ['ftp', ['ftp', 'ls', 'ftp://localhost/'], 'localhost:21'],
  ['dns', ['dns', 'x.test', '--server', '127.0.0.1:1'], '127.0.0.1:1'],
])('if %s runs on another port, the error names the URL', async (name, args, address) => {
  const { code, stderr } = await runInProcess(args, { cwd })
  const running = `${name} is running at ${name}://127.0.0.1:${ports[name]}/`
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: `fourwire: could not reach ${address}: connection refused. ${running}\n`,
  })
})

test('the error for an unknown host does not advise to start a service', async () => {
  const { code, stderr } = await runInProcess(['http', 'http://example.invalid/'], { cwd })
  expect(code).toBe(3)
  expect(stderr).toMatch(/^fourwire: could not reach example\.invalid:80: [^.]+\n$/)
})

test.each([
  [['http'], 'missing argument <request>'],
  [['hello', '--timeout', 'soon'], '--timeout: must be seconds, more than 0'],
  [['hello', '--port', 'many'], '(given: "many")'],
  [['smtp', 'send', '--from', 'a@fourwire.test'], 'to'],
  [['dns', 'x.test', '-t', 'NOSUCHTYPE'], 'NOSUCHTYPE'],
  [['ftp', 'ls', 'gopher://x/'], 'gopher'],
])('%j fails with exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await runInProcess(args, { cwd: await emptyFolder() })
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
})

test.each([
  ['the environment', { FOURWIRE_DATA: 'DATA' }, undefined],
  ['the config file', {}, '{ "data": "DATA" }'],
])('reads the data folder from %s, as start does', async (_source, env, config) => {
  const elsewhere = await emptyFolder()
  const data = path.join(cwd, 'fourwire-data')
  if (config) await writeFile(path.join(elsewhere, 'fourwire.json'), config.replace('DATA', data))
  const given = Object.fromEntries(Object.keys(env).map(name => [name, data]))
  const { code, stdout } = await runInProcess(['hello'], { cwd: elsewhere, env: given })
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'Hello from server\n' })
})

test.each([
  [['ftp', 'get', '/files/numbers.txt', '-']],
  [['ftp', 'ls', '/']],
  [['dns', 'www.fourwire.test']],
  [['dns', 'fourwire.test', '--axfr']],
])('exits with code 0 if its output is closed: %j', async args => {
  const child = spawn(FOURWIRE[0], [...FOURWIRE.slice(1), ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('Ctrl+C ends a waiting client with exit code 130', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    silent.close()
  })
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const accepted = once(silent, 'connection')
  const args = ['hello', '--host', '127.0.0.1', '--port', String(port)]
  const child = spawn(FOURWIRE[0], [...FOURWIRE.slice(1), ...args], { cwd, stdio: 'ignore' })
  const [socket] = await accepted
  const exit = once(child, 'exit')
  child.kill('SIGINT')
  expect(await exit).toEqual([130, null])
  socket.destroy()
})

test('a client ignores invalid records and feeds that do not respond', async () => {
  const folder = await emptyFolder()
  const running = path.join(folder, 'fourwire-data/running')
  await mkdir(running, { recursive: true })
  const record = { pid: process.pid, startedAt: '', feed: path.join(folder, 'swept/feed'), endpoints: [] }
  await writeFile(path.join(running, 'garbage.json'), '{ "pid": ')
  await mkdir(path.join(running, 'folder.json'))
  await writeFile(path.join(running, 'alive.json'), JSON.stringify(record))
  const args = ['hello', '--host', '127.0.0.1', '--port', String(ports.hello), '--trace']
  const { code, stderr } = await runInProcess(args, { cwd: folder })
  expect(code, stderr).toBe(0)
  expect(stderr).not.toContain('note:')
  expect(await readdir(running)).toContain('alive.json')
})
