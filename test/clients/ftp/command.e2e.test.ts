import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { startFileServer } from './file-server.ts'

/** Starts a suite with FTP, and runs `fourwire ftp` in an empty folder. */
async function startFtp() {
  const suite = await suiteFor({ services: ['ftp'] })
  const cwd = await emptyFolder()
  const address = `127.0.0.1:${suite.ftp.port}`
  const ftp = (args: readonly string[], input?: string) =>
    runInProcess(['ftp', ...args], { cwd, ...(input === undefined ? {} : { input }) })
  return {
    cwd,
    ftp,
    reader: `ftp://${address}`,
    writer: `ftp://alice:wonderland@${address}`,
    www: `${suite.dataFolder}/www`,
  }
}

test('ls prints the sizes, times and names of entries', async () => {
  const { ftp, reader, www } = await startFtp()
  await writeFile(path.join(www, 'index.html'), 'x'.repeat(909))
  const { code, stdout, stderr } = await ftp(['ls', `${reader}/`])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^ {11}- {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}files\/\n {9}909 {2}.* {2}index\.html\n$/)
})

test('--json prints the result and nothing else', async () => {
  const { ftp, reader } = await startFtp()
  const { stdout } = await ftp(['ls', `${reader}/files`, '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ path: 'files', entries: [{ name: 'hello.txt', size: 21 }, {}] })
})

test('get writes to the name in the URL, to a file, into a folder, or to standard output', async () => {
  const { ftp, reader, cwd } = await startFtp()
  expect((await ftp(['get', `${reader}/files/hello.txt`])).stdout).toBe('hello.txt: 21 B\n')
  await ftp(['get', `${reader}/files/hello.txt`, 'other.txt'])
  expect(await readFile(path.join(cwd, 'hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
  expect((await readdir(cwd)).sort()).toEqual(['hello.txt', 'other.txt'])
  expect((await ftp(['get', `${reader}/files/hello.txt`, '-'])).stdout).toBe('Hello from Fourwire.\n')
})

test('put uploads a file or standard input, to a name or into a directory', async () => {
  const { ftp, writer, cwd, www } = await startFtp()
  await writeFile(path.join(cwd, 'notes.txt'), 'notes')
  expect((await ftp(['put', 'notes.txt', `${writer}/files/`])).stdout).toBe('files/notes.txt: 5 B\n')
  expect((await ftp(['put', '-', `${writer}/in.txt`], 'from a pipe')).code).toBe(0)
  expect(await readFile(path.join(www, 'files/notes.txt'), 'utf8')).toBe('notes')
  expect(await readFile(path.join(www, 'in.txt'), 'utf8')).toBe('from a pipe')
})

test('mkdir, mv and rm use the account in the flags', async () => {
  const { ftp, reader, www } = await startFtp()
  const account = ['--user', 'alice', '--password', 'wonderland']
  expect((await ftp(['mkdir', `${reader}/d`, ...account])).stdout).toBe('d: created\n')
  expect((await ftp(['mv', `${reader}/d`, 'e', ...account])).stdout).toBe('d: moved to e\n')
  expect(await readdir(www)).toContain('e')
  expect((await ftp(['rm', `${reader}/e/`, ...account])).stdout).toBe('e/: removed\n')
  expect(await readdir(www)).not.toContain('e')
})

test.for([
  ['a negative reply', 1, ['get', 'READER/nothing'], 'fourwire: nothing: 550 No such file or directory\n'],
  ['a missing directory', 1, ['ls', 'READER/nothing'], 'fourwire: nothing: 550 No such file or directory\n'],
  ['a missing tree', 1, ['tree', 'READER/nothing'], 'fourwire: nothing: 550 No such file or directory\n'],
  ['a missing file to hash', 1, ['hash', 'READER/nothing'], 'fourwire: nothing: 550 No such file or directory\n'],
  ['one of two files', 1, ['cat', 'READER/two', 'READER/index.html'], 'fourwire: two: 550 No such file'],
  [
    'no password',
    1,
    ['ls', 'READER/', '--user', 'alice'],
    'fourwire: 530 Wrong name or password. Give the password of alice with --password PASSWORD\n',
  ],
  ['a wrong password', 1, ['ls', 'READER/', '--user', 'alice', '--password', 'x'], '530 Wrong name or password\n'],
  [
    'no permission',
    1,
    ['mkdir', 'READER/x'],
    'fourwire: x: 550 This account may only read. You are anonymous. Log in with --user NAME --password',
  ],
  ['no permission to upload', 1, ['put', '-', 'READER/x'], 'Log in with --user NAME --password PASSWORD'],
  [
    'a file without certificates',
    2,
    ['ls', '/', '--cacert', import.meta.filename],
    'has no certificate. Give a file in',
  ],
  ['not an FTP URL', 2, ['ls', 'http://127.0.0.1/'], 'is not an FTP URL'],
  ['no file in the URL', 2, ['get', 'READER/files/..'], 'does not end with a file name'],
  ['JSON and a file on standard output', 2, ['get', 'READER/index.html', '-', '--json'], 'Give a FILE'],
  ['no server', 3, ['ls', 'ftp://127.0.0.1:1/'], 'could not reach 127.0.0.1:1'],
] as const)('%s: exit code %i and an error message', async ([, code, args, message]) => {
  const { ftp, reader, cwd } = await startFtp()
  const result = await ftp(args.map(arg => arg.replace('READER', reader)))
  expect(result.stderr).toContain(message)
  expect(result).toMatchObject({ code, stdout: '' })
  expect(await readdir(cwd)).toEqual([])
})

test('names an interrupted download, and continues it', async () => {
  const server = await startFileServer({
    files: { '/file': '0123456789' },
    breaksAfter: attempt => [4, 3][attempt - 1],
  })
  const cwd = await emptyFolder()
  const args = ['ftp', 'get', `ftp://127.0.0.1:${server.port}//file`]
  const first = await runInProcess(args, { cwd })
  expect(first).toMatchObject({ code: 1, stdout: '' })
  expect(first.stderr).toContain('6 B are in file.fourwire-part. --continue downloads the rest\n')
  expect(await runInProcess([...args, '--continue'], { cwd })).toMatchObject({ code: 0, stdout: 'file: 10 B\n' })
  expect(await readFile(path.join(cwd, 'file'), 'utf8')).toBe('0123456789')
})
