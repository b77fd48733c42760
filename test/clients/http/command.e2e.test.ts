import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { emptyFolder, FOURWIRE, runInProcess } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { serve } from './servers.ts'

/** Starts a suite; `run` runs `fourwire http` in an empty folder. An argument `/path` becomes a URL of the suite. */
async function setUp() {
  const suite = await suiteFor({ services: ['http'] })
  const cwd = await emptyFolder()
  const base = suite.http.url.slice(0, -1)
  const run = (args: readonly string[], input?: string | Uint8Array) => {
    const fullArgs = args.map(arg => (arg.startsWith('/') ? `${base}${arg}` : arg))
    return runInProcess(['http', ...fullArgs], { cwd, ...(input === undefined ? {} : { input }) })
  }
  const addFile = (name: string, content: Uint8Array) => writeFile(path.join(suite.dataFolder, 'www', name), content)
  return { run, addFile, cwd, base }
}

/** Starts a server that responds with a description of the request; returns its authority. */
async function startEchoServer(): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method, headers } = request
    const { 'content-type': type, 'content-length': length, 'x-a': a } = headers
    response.end(JSON.stringify({ method, type, length, a, body }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

test('prints the body and nothing else, byte for byte', async () => {
  const { addFile, cwd, base } = await setUp()
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256))
  await addFile('bytes.bin', content)
  const [command, ...args] = FOURWIRE
  const child = spawn(command, [...args, 'http', `${base}/bytes.bin`], { cwd })
  const chunks: Buffer[] = []
  child.stdout.on('data', chunk => chunks.push(chunk))
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  expect(Buffer.concat(chunks).equals(content)).toBe(true)
})

test('-i prints the head too; HEAD prints only the head', async () => {
  const { run } = await setUp()
  const { stdout } = await run(['-i', '/files/hello.txt'])
  expect(stdout).toMatch(
    /^HTTP\/1\.1 200 OK\nContent-Type: text\/plain; charset=utf-8\n.*\n\nHello from Fourwire\.\n$/s,
  )
  const head = await run(['HEAD', '/files/hello.txt'])
  expect(head.stdout).toMatch(/^HTTP\/1\.1 200 OK\n.*\n\n$/s)
})

test('an error status prints the body and fails with the status', async () => {
  const { run } = await setUp()
  expect(await run(['/nope'])).toEqual({
    code: 1,
    stdout: '404 Not Found\nThere is nothing at /nope\n',
    stderr: 'fourwire: 404 Not Found\n',
  })
})

test('--json prints one document, with a binary body as base64', async () => {
  const { run, addFile, base } = await setUp()
  await addFile('bytes.bin', Buffer.from([0, 255, 1]))
  const { code, stdout } = await run(['--json', '/files/hello.txt'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    url: `${base}/files/hello.txt`,
    status: 200,
    statusText: 'OK',
    headers: { 'content-length': '21' },
    encoding: 'utf8',
    body: 'Hello from Fourwire.\n',
  })
  expect(JSON.parse((await run(['--json', '/bytes.bin'])).stdout)).toMatchObject({ encoding: 'base64', body: 'AP8B' })
  const failed = await run(['--json', '/nope'])
  expect([failed.code, JSON.parse(failed.stdout).status]).toEqual([1, 404])
})

test('-o saves the body, but not the body of an error response', async () => {
  const { run, cwd } = await setUp()
  const saved = await run(['/files/hello.txt', '-o', 'out.txt'])
  expect(saved).toEqual({ code: 0, stdout: '', stderr: '21 bytes saved to out.txt\n' })
  const file = path.join(cwd, 'out.txt')
  expect(await readFile(file, 'utf8')).toBe('Hello from Fourwire.\n')
  const failed = await run(['/nope', '-o', 'out.txt'])
  expect([failed.code, failed.stdout]).toEqual([1, '404 Not Found\nThere is nothing at /nope\n'])
  expect(await readFile(file, 'utf8')).toBe('Hello from Fourwire.\n')
  const json = await run(['/files/hello.txt', '-o', 'out.txt', '--json'])
  expect(JSON.parse(json.stdout)).toMatchObject({ status: 200, file: 'out.txt', size: 21 })
})

test('-L follows redirects', async () => {
  const { run } = await setUp()
  expect((await run(['/files'])).stdout).toBe('301 Moved Permanently\nIt is at /files/\n')
  expect((await run(['-L', '/files'])).stdout).toContain('hello.txt</a>')
})

test('a redirect that is not followed is named on standard error, and is a success', async () => {
  const { run } = await setUp()
  const { code, stderr } = await run(['/app/notices'])
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: '303 See Other: /app/sign-in?next=%2Fapp%2Fnotices (--follow follows it)\n',
  })
  expect((await run(['-L', '/files'])).stderr).toBe('')
  expect((await run(['/files/hello.txt'])).stderr).toBe('')
})

test('sends a text, a file or standard input as body, with matching header fields', async () => {
  const { run, cwd } = await setUp()
  const server = await startEchoServer()
  await writeFile(path.join(cwd, 'body.bin'), 'from a file')
  const results = [
    await run(['-d', 'grüße', server]),
    await run(['PUT', server, '-d', `@${path.join(cwd, 'body.bin')}`, '-H', 'X-A: 1', '-H', 'Content-Type: a/b']),
    await run(['-d', '@-', server], 'from stdin'),
  ]
  const form = 'application/x-www-form-urlencoded'
  expect(results.map(({ stdout }) => JSON.parse(stdout))).toMatchObject([
    { method: 'POST', type: form, length: '7', body: 'grüße' },
    { method: 'PUT', type: 'a/b', length: '11', a: '1', body: 'from a file' },
    { method: 'POST', type: 'application/octet-stream', body: 'from stdin' },
  ])
})

test('--form sends a form; a Content-Type of the caller has priority, in any case of its letters', async () => {
  const { run } = await setUp()
  const server = await startEchoServer()
  const body = 'user=alice&password=a%26b'
  const form = { method: 'POST', type: 'application/x-www-form-urlencoded', body }
  const results = [
    await run(['-f', '-d', body, server]),
    await run(['PUT', '--form', '-d', '@-', server], body),
    await run(['-d', body, server, '-H', 'content-type: application/json']),
  ]
  expect(results.map(({ stdout }) => JSON.parse(stdout))).toMatchObject([
    form,
    { ...form, method: 'PUT' },
    { ...form, type: 'application/json' },
  ])
  expect(await run(['--form', server])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--form needs a body. Give it with -d'),
  })
})

test('an https URL is verified with the authority of the running suite, --cacert, or not at all', async () => {
  const dataFolder = await emptyFolder()
  const suite = await suiteFor({ services: ['http'], data: dataFolder, tls: true })
  const port = suite.endpoints.find(({ transport }) => transport === 'tls')?.port
  const url = `https://127.0.0.1:${port}/files/hello.txt`
  const run = async (...args: string[]) => runInProcess(['http', url, ...args], { cwd: await emptyFolder() })
  const success = { code: 0, stdout: 'Hello from Fourwire.\n', stderr: '' }
  expect(await run('--data', dataFolder)).toEqual(success)
  expect(await run('--cacert', suite.tls?.caFile ?? '')).toEqual(success)
  expect(await run('--insecure')).toEqual(success)
  expect(await run('-k')).toEqual(success)
  expect(await run()).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(`fourwire: cannot verify the certificate of 127.0.0.1:${port}: `),
  })
})

test('exits with 0 if the next program closes the pipe', async () => {
  const { addFile, cwd, base } = await setUp()
  await addFile('large.bin', Buffer.alloc(64 * 1024 * 1024))
  const [command, ...args] = FOURWIRE
  const child = spawn(command, [...args, 'http', `${base}/large.bin`], { cwd })
  let stderr = ''
  child.stderr.on('data', text => {
    stderr += text
  })
  await once(child.stdout, 'readable')
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test.each([
  [['GET'], 2, 'URL missing after GET'],
  [['a', 'b', 'c'], 2, 'too many arguments: c'],
  [['get', 'a'], 2, '"get" is not a method'],
  [['/a', 'b=c'], 2, 'unexpected argument after the URL /a: b=c. A method is before the URL; a body is given with -d'],
  [['a', '--parallel', '2'], 2, '--parallel needs --repeat N, the number of requests'],
  [['ftp://a/'], 2, 'unsupported scheme ftp://. Use http:// or https://'],
  [['https://a/', '--cacert', '/nowhere'], 2, '--cacert /nowhere: cannot read: no such file or folder\n'],
  [['a', '-H', 'x'], 2, "Example: 'Accept: text/plain'"],
  [['a', '-d', '@nope'], 2, '--body @nope: cannot read nope: no such file or folder\n'],
  [['a', '-d', '@.'], 2, '--body @.: cannot read .: it is a folder'],
  [['127.0.0.1:1'], 3, 'could not reach 127.0.0.1:1: connection refused. Is it running?'],
])('fourwire http %j exits with %i', async (args, code, text) => {
  const result = await runInProcess(['http', ...args], { cwd: await emptyFolder() })
  expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(text) })
})

test('a file that cannot be written is a usage error', async () => {
  const { run } = await setUp()
  const result = await run(['/files/hello.txt', '-o', 'no/such/folder'])
  expect(result).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--output no/such/folder: cannot write: no such file or folder\n'),
  })
})

test.each([
  [['-s'], '--silent: omit it'],
  [['-sS', 'URL'], '--silent: omit it'],
  [['--max-time', '5', 'URL'], '--max-time: use --timeout SECONDS'],
  [['-m5', 'URL'], '--max-time: use --timeout SECONDS'],
  [['--upload-file=x', 'URL'], '--upload-file: use PUT URL -d @FILE'],
  [['-b', 'a=1', 'URL'], '--cookie: keep cookies with --session FILE'],
  [['--verify=no', 'URL'], '--verify: use -k, or --cacert FILE'],
])('%j of curl or HTTPie is refused with what to use instead', async (args, message) => {
  const { code, stderr } = await runInProcess(['http', ...args], { cwd: await emptyFolder() })
  expect(code).toBe(2)
  expect(stderr).toContain(`fourwire: ${message}`)
  const { stdout } = await runInProcess(['http', '--help'], { cwd: await emptyFolder() })
  expect(stdout).not.toContain('--silent')
})

test.each([
  ['Basic realm="x"', [], '401 Unauthorized. The server requires a user and a password: -u USER:PASSWORD'],
  ['Basic realm="x"', ['-u', 'ann:wrong'], '401 Unauthorized'],
  [
    'Digest realm="x", nonce="y"',
    [],
    '401 Unauthorized. The server requires Digest: use curl --digest -u USER:PASSWORD',
  ],
  ['Bearer', [], '401 Unauthorized'],
])('401 with %s and %j: %s', async (challenge, args, message) => {
  const server = await serve((_request, response) => response.writeHead(401, { 'WWW-Authenticate': challenge }).end())
  const { code, stderr } = await runInProcess(['http', server, ...args], { cwd: await emptyFolder() })
  expect({ code, stderr }).toEqual({ code: 1, stderr: `fourwire: ${message}\n` })
})

test.each([
  [{}, '302 Found: it has no Location, so it cannot be followed\n'],
  [{ Location: 'http://[a' }, '302 Found: http://[a is not a valid URL\n'],
])('a redirect with %j is named on standard error', async (headers, message) => {
  const server = await serve((_request, response) => response.writeHead(302, headers).end())
  expect((await runInProcess(['http', server], { cwd: await emptyFolder() })).stderr).toBe(message)
})

test('--timeout ends the wait, and the error has the time', async () => {
  const server = await serve(() => undefined)
  const { code, stderr } = await runInProcess(['http', server, '--timeout', '0.1'], { cwd: await emptyFolder() })
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'fourwire: the server sent nothing for 0.1 s, the timeout\n' })
})

test('the times of --json have microseconds at most', async () => {
  const server = await serve((_request, response) => response.end())
  const { stdout } = await runInProcess(['http', server, '--json'], { cwd: await emptyFolder() })
  const times = Object.values<number>(JSON.parse(stdout).timings)
  expect(times.map(time => Math.round(time * 1000) / 1000)).toEqual(times)
})
