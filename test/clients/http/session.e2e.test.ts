/** `fourwire http --session FILE`. */
import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { serveCookies } from './serve-cookies.ts'

/** Starts a server; `run` sends a request to a path of it, with the session in `s.json`. */
async function setUp() {
  const port = await serveCookies()
  const cwd = await emptyFolder()
  const file = path.join(cwd, 's.json')
  const run = (target: string, ...args: string[]) =>
    runInProcess(['http', `127.0.0.1:${port}${target}`, '--session', 's.json', ...args], { cwd })
  return { run, cwd, file }
}

const success = (stdout: string) => ({ code: 0, stdout, stderr: '' })

test('a command sends the cookies that an earlier one received', async () => {
  const { run } = await setUp()
  expect(await run('/?set=a=1&set=b=2;Path=/')).toEqual(success(''))
  expect(await run('/')).toEqual(success('a=1; b=2'))
  expect(await run('/?set=a=;Max-Age=0')).toEqual(success('a=1; b=2'))
  expect(await run('/')).toEqual(success('b=2'))
})

test('the file has cookies of error responses and of redirects, also of one that cannot be followed', async () => {
  const { run } = await setUp()
  expect(await run('/?status=401&set=a=1')).toMatchObject({ code: 1 })
  expect(await run('/?status=303&to=/&set=b=2', '-L')).toEqual(success('a=1; b=2'))
  expect(await run('/?status=302&to=ftp://x/&set=c=3', '-L')).toMatchObject({ code: 1 })
  expect(await run('/')).toEqual(success('a=1; b=2; c=3'))
})

test('only the user can read the file, and no other file stays', async () => {
  const { run, cwd, file } = await setUp()
  await writeFile(file, '{"cookies":[]}', { mode: 0o644 })
  await run('/?set=a=1')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(cwd)).toEqual(['s.json'])
})

test('the file has the expiry as a time, which a use does not change; an expired cookie is not sent', async () => {
  const { run, file } = await setUp()
  const before = Date.now()
  await run('/?set=a=1;Max-Age=3600&set=b=2')
  const read = async () => JSON.parse(await readFile(file, 'utf8'))
  const [limited, unlimited] = (await read()).cookies
  expect(Date.parse(limited.expires)).toBeGreaterThanOrEqual(before + 3_600_000)
  expect(unlimited).toMatchObject({ name: 'b', value: '2', domain: '127.0.0.1', path: '/', hostOnly: true })
  expect(unlimited).not.toHaveProperty('expires')
  expect(await run('/')).toEqual(success('a=1; b=2'))
  expect((await read()).cookies[0].expires).toBe(limited.expires)
  await writeFile(file, JSON.stringify({ cookies: [{ ...limited, expires: new Date(before).toISOString() }] }))
  expect(await run('/')).toEqual(success(''))
  expect((await read()).cookies).toEqual([])
})

test.for([
  ['that is not JSON', 'cookies!', 'is not valid JSON'],
  ['of something else', '{"name":"x"}', 'expected array'],
  ['of several lines', 'a\nb\n\nc', 'is not valid JSON'],
  ['that is cut', '{"cookies":[{"name":"a"}]}', 'expected string'],
  ['with a line feed in a cookie', cookieFile('1\r\nX: y'), 'has a character that a header field cannot have'],
  ['with another alphabet in a cookie', cookieFile('\u{1f44b}'), 'has a character that a header field cannot have'],
  ['that is too long', ' '.repeat(8 * 1024 * 1024 + 1), 'longer than 8388608 bytes'],
] as const)('a file %s is an error, and stays unchanged', async ([, content, reason], { expect }) => {
  const { run, file } = await setUp()
  await writeFile(file, content)
  const { code, stdout, stderr } = await run('/?set=a=1')
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('fourwire: --session s.json: ')
  expect(stderr).toContain(reason)
  expect(stderr.trimEnd()).not.toContain('\n')
  expect(await readFile(file, 'utf8')).toBe(content)
})

function cookieFile(value: string): string {
  const now = new Date().toISOString()
  const cookie = { name: 'a', value, domain: '127.0.0.1', path: '/', hostOnly: true, secure: false, httpOnly: false }
  return JSON.stringify({ cookies: [{ ...cookie, created: now, lastUsed: now }] })
}

test('a file that cannot be written is an error that names it', async () => {
  const { run } = await setUp()
  const result = await run('/', '--session', 'no-such-folder/s.json')
  expect(result).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('fourwire: --session no-such-folder/s.json: cannot write: '),
  })
  expect(await run('/', '--session', '.')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('cannot read: it is a folder'),
  })
})

test('the folder is checked before the request is sent', async () => {
  const { cwd } = await setUp()
  const sent: string[] = []
  const server = createServer(({ url = '' }, response) => {
    sent.push(url)
    response.end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await writeFile(path.join(cwd, 'file'), '')
  const run = (file: string) => runInProcess(['http', `127.0.0.1:${port}/`, '--session', file], { cwd })
  const advice = 'Create it, or choose another file'
  expect((await run('nodir/x.json')).stderr).toBe(
    `fourwire: --session nodir/x.json: cannot write: the folder nodir does not exist. ${advice}\n`,
  )
  expect((await run('file/x.json')).stderr).toContain('the folder file is not a folder')
  expect(sent).toEqual([])
  expect((await run('x.json')).code).toBe(0)
  expect(sent).toEqual(['/'])
})

test('an error 401 states if all cookies belong to another host name', async () => {
  const { run, file } = await setUp()
  const stderrOf = async (domains: readonly string[]) => {
    const cookie = (domain: string) => ({ ...JSON.parse(cookieFile('1')).cookies[0], domain })
    await writeFile(file, JSON.stringify({ cookies: domains.map(cookie) }))
    return (await run('/?status=401')).stderr
  }
  const plain = 'fourwire: 401 Unauthorized'
  expect(await stderrOf(['www.fourwire.test'])).toBe(
    `${plain}. s.json has cookies of www.fourwire.test, none for 127.0.0.1\n`,
  )
  expect(await stderrOf(['a', 'b', 'c', 'd', 'e'])).toContain('cookies of a, b, c and 2 more, none for 127.0.0.1')
  expect(await stderrOf(['www.fourwire.test', '127.0.0.1'])).toBe(`${plain}\n`)
  expect(await stderrOf([])).toBe(`${plain}\n`)
})

test('a session is for names of the running suite, whatever its ports', async () => {
  const data = await emptyFolder()
  const cookies = await serveCookies()
  const cwd = await emptyFolder()
  await suiteFor({ services: ['dns', 'ftp', 'http'], data })
  const run = (url: string) => runInProcess(['http', url, '--session', 's.json', '--data', data], { cwd })
  expect(await run(`http://www.fourwire.test:${cookies}/?set=a=1;Domain=fourwire.test`)).toEqual(success(''))
  expect(await run(`http://ftp.fourwire.test:${await serveCookies()}/`)).toEqual(success('a=1'))
})
