import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'

async function started() {
  const suite = await suiteFor({ services: ['ftp'] })
  const cwd = await emptyFolder()
  const address = `127.0.0.1:${suite.ftp.port}`
  const ftp = (args: readonly string[], input?: string) =>
    runInProcess(['ftp', ...args], { cwd, ...(input === undefined ? {} : { input }) })
  return { cwd, ftp, reader: `ftp://${address}`, writer: `ftp://demo:demo@${address}`, www: `${suite.dataFolder}/www` }
}

test('ls shows sizes, times and names', async () => {
  const { ftp, reader } = await started()
  const { code, stdout, stderr } = await ftp(['ls', `${reader}/`])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^ {11}- {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}files\/\n {9}909 {2}.* {2}index\.html\n$/)
})

test('--json prints the result and nothing else', async () => {
  const { ftp, reader } = await started()
  const { stdout } = await ftp(['ls', `${reader}/files`, '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ path: 'files', entries: [{ name: 'hello.txt', size: 21 }, {}] })
})

test('get writes to the name in the URL, to a file, into a folder, or to standard output', async () => {
  const { ftp, reader, cwd } = await started()
  expect((await ftp(['get', `${reader}/files/hello.txt`])).stdout).toBe('hello.txt: 21 B\n')
  await ftp(['get', `${reader}/files/hello.txt`, 'other.txt'])
  expect(await readFile(path.join(cwd, 'hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
  expect((await readdir(cwd)).sort()).toEqual(['hello.txt', 'other.txt'])
  expect((await ftp(['get', `${reader}/files/hello.txt`, '-'])).stdout).toBe('Hello from Fourwire.\n')
})

test('put sends a file or standard input, to a name or into a directory', async () => {
  const { ftp, writer, cwd, www } = await started()
  await writeFile(path.join(cwd, 'notes.txt'), 'notes')
  expect((await ftp(['put', 'notes.txt', `${writer}/files/`])).stdout).toBe('files/notes.txt: 5 B\n')
  expect((await ftp(['put', '-', `${writer}/in.txt`], 'from a pipe')).code).toBe(0)
  expect(await readFile(path.join(www, 'files/notes.txt'), 'utf8')).toBe('notes')
  expect(await readFile(path.join(www, 'in.txt'), 'utf8')).toBe('from a pipe')
})

test('mkdir, mv and rm, with the account in flags', async () => {
  const { ftp, reader, www } = await started()
  const account = ['--user', 'demo', '--password', 'demo']
  expect((await ftp(['mkdir', `${reader}/d`, ...account])).stdout).toBe('d: made\n')
  expect((await ftp(['mv', `${reader}/d`, 'e', ...account])).stdout).toBe('d: moved to e\n')
  expect(await readdir(www)).toContain('e')
  expect((await ftp(['rm', `${reader}/e/`, ...account])).stdout).toBe('e/: removed\n')
  expect(await readdir(www)).not.toContain('e')
})

test.for([
  ['a refusal', 1, ['get', 'READER/nothing'], '550 No such file or directory'],
  ['a refusal to write', 1, ['mkdir', 'READER/x'], '550 This account may only read'],
  ['no FTP URL', 2, ['ls', 'http://127.0.0.1/'], 'is no FTP URL'],
  ['no file in the URL', 2, ['get', 'READER/files/..'], 'names no file'],
  ['two things for standard output', 2, ['get', 'READER/index.html', '-', '--json'], 'give a FILE'],
  ['nobody there', 3, ['ls', 'ftp://127.0.0.1:1/'], 'could not reach 127.0.0.1:1'],
] as const)('%s: exit code %i, and a sentence that says why', async ([, code, args, sentence]) => {
  const { ftp, reader, cwd } = await started()
  const ran = await ftp(args.map(arg => arg.replace('READER', reader)))
  expect(ran.stderr).toContain(sentence)
  expect(ran).toMatchObject({ code, stdout: '' })
  expect(await readdir(cwd)).toEqual([])
})
