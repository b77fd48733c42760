/** Scripts of `fourwire ftp shell`. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { sharedSuite } from './shared-suite.ts'

const shared = sharedSuite()

const run = (cwd: string, ...lines: string[]) =>
  runInProcess(['ftp', 'shell', shared.address], { cwd, input: lines.join('\n') })

test('runs commands relative to the current directory and the local folder', async () => {
  const cwd = await emptyFolder()
  await mkdir(path.join(cwd, 'local'))
  await writeFile(path.join(cwd, 'local/up.txt'), 'up')
  const result = await run(
    cwd,
    '# a comment',
    'pwd',
    'mkdir -p script/deep "script/two words"',
    'cd script',
    'pwd',
    'lcd local',
    'put up.txt',
    'put up.txt deep/renamed.txt',
    'mv up.txt moved.txt',
    'cat moved.txt deep/renamed.txt',
    '',
    'tree',
    'hash -a crc32 moved.txt',
    'get moved.txt down.txt',
    'rm -r deep',
    'rmdir "two words"',
    'ls',
    'quit',
    'rm moved.txt',
  )
  const lines = result.stdout.split('\n')
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(lines.slice(0, 3)).toEqual(['/', '/script', path.join(cwd, 'local')])
  expect(result.stdout).toContain('/script/up.txt: 2 B\n/script/deep/renamed.txt: 2 B\nupup/script\n├── deep/\n')
  expect(result.stdout).toContain('└── two words/\n')
  expect(result.stdout).toMatch(/^[\da-f]{8} {2}\/script\/moved\.txt$/m)
  expect(await readdir(path.join(shared.www, 'script'))).toEqual(['moved.txt'])
  expect(await readFile(path.join(cwd, 'local/down.txt'), 'utf8')).toBe('up')
})

test('mget and mput transfer what matches', async () => {
  const cwd = await emptyFolder()
  for (const name of ['a.log', 'b.log', 'c.txt']) await writeFile(path.join(cwd, name), name)
  const result = await run(
    cwd,
    'mkdir many',
    'cd many',
    'mput *.log',
    'ls -l *.l?g',
    'lcd ..',
    `lcd ${cwd}`,
    'mget [b-z].*',
  )
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(await readdir(path.join(shared.www, 'many'))).toEqual(['a.log', 'b.log'])
  expect(result.stdout).toMatch(/^-rw.* \/many\/a\.log\n.* \/many\/b\.log$/m)
})

test('get --mirror and put --mirror name folders of their own', async () => {
  const cwd = await emptyFolder()
  await mkdir(path.join(cwd, 'mirror'))
  await writeFile(path.join(cwd, 'mirror/a.txt'), 'a')
  const result = await run(
    cwd,
    'put --mirror mirror',
    'put --mirror mirror',
    'get --mirror mirror copy',
    'get -n files',
  )
  expect(result.stdout).toContain('0 files (0 B) transferred, 1 unchanged\n')
  expect(result.stdout).toContain(`download  ${path.join(cwd, 'files/hello.txt')}  21 B\n`)
  expect(await readdir(path.join(cwd, 'copy'))).toEqual(['a.txt'])
  expect(await readdir(cwd)).not.toContain('files')
})

test('quote sends a command, and prints the reply', async () => {
  const { stdout } = await run(await emptyFolder(), 'quote NOOP', 'quote NONSENSE "x"')
  expect(stdout).toMatch(/^200 .*\n50\d .*\n$/)
})

test('help lists the commands, or explains one', async () => {
  const { stdout } = await run(await emptyFolder(), 'help', 'help mv')
  expect(stdout).toMatch(/^ {2}rm {5}remove files; with -r, directories with all that is in them$/m)
  expect(stdout).toMatch(/^mv FROM TO\n {2}rename or move a file or directory$/m)
})

test.for([
  ['a negative reply', 1, 'cat nothing', '550'],
  ['an unknown command', 2, 'nonsense', 'unknown command "nonsense". Type help for the commands'],
  ['wrong arguments', 2, 'mv a', 'usage: mv FROM TO'],
  ['an unknown flag', 2, 'ls --nonsense', 'Usage: ls [-l] [PATH|PATTERN]'],
  ['an open quote', 2, 'ls "a', 'the quote " is not closed'],
  ['no folder', 2, 'lcd nothing', 'is not a folder'],
  ['a wrong depth', 2, 'tree -L x', 'must be a number of levels'],
  ['a wrong algorithm', 2, 'hash -a x y', 'unknown algorithm "x"'],
] as const)('ends at the first error, with its exit code: %s', async ([, code, line, message]) => {
  const result = await run(await emptyFolder(), 'pwd', line, 'mkdir never')
  expect(result).toMatchObject({ code, stdout: '/\n' })
  expect(result.stderr).toContain(`line 2: fourwire: `)
  expect(result.stderr).toContain(message)
  expect(await readdir(shared.www)).not.toContain('never')
})

test('--json is refused', async () => {
  const result = await runInProcess(['ftp', 'shell', shared.address, '--json'], { cwd: await emptyFolder() })
  expect(result).toMatchObject({ code: 2, stdout: '' })
})
