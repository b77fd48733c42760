/** `fourwire http --session FILE`. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
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
  expect(await run('/', '--session', '.')).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot read') })
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
