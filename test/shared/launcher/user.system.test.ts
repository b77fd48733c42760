import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, launchStart, runFourwire, runInProcess, startFourwire } from '../../helpers/cli.ts'
import { Wire } from '../../helpers/wire.ts'

/** Runs `fourwire user ARGS` in the folder. */
const user = (cwd: string, args: readonly string[], input?: string) =>
  runInProcess(['user', ...args], { cwd, ...(input === undefined ? {} : { input }) })

test('adds, lists, changes and removes accounts', async () => {
  const cwd = await emptyFolder()
  const flags = ['--password', 'x', '--read', '/', '--write', '/files/ann', '--write', '/drop', '--quota', '1048576']
  const fileQuota = ['--file-quota', '10485760']
  expect(await user(cwd, ['add', 'Ann', ...flags, ...fileQuota])).toEqual({
    code: 0,
    stdout: 'added ann: reads /, writes /files/ann /drop, mail up to 1.0 MiB, files up to 10.0 MiB\n',
    stderr: '',
  })
  const added = await user(cwd, ['add', 'bob', '--no-write', '--json'], 'builder\n')
  expect(JSON.parse(added.stdout)).toEqual({ name: 'bob', read: ['/'], write: [], createdAt: expect.any(Number) })
  expect((await user(cwd, ['list'])).stdout).toBe(
    'ann: reads /, writes /files/ann /drop, mail up to 1.0 MiB, files up to 10.0 MiB\nbob: reads /, writes nothing\n',
  )
  expect((await user(cwd, ['passwd', 'ANN'], 'new')).stdout).toBe('changed the password of ann\n')
  expect((await user(cwd, ['remove', 'bob'])).stdout).toBe('removed bob\n')
  expect(JSON.parse((await user(cwd, ['list', '--json'])).stdout)).toMatchObject([
    { name: 'ann', quota: 1_048_576, fileQuota: 10_485_760 },
  ])
  expect(existsSync(path.join(cwd, 'fourwire-data/fourwire.db'))).toBe(true)
})

test('set changes what is given, and nothing else', async () => {
  const cwd = await emptyFolder()
  await user(cwd, ['add', 'ann', '--password', 'x', '--read', '/files', '--quota', '1048576'])
  const set = async (...args: string[]) => (await user(cwd, ['set', 'Ann', ...args])).stdout
  expect(await set('--no-write')).toBe('changed ann: reads /files, writes nothing, mail up to 1.0 MiB\n')
  expect(await set('--write', '/a', '--write', '/b/')).toBe(
    'changed ann: reads /files, writes /a /b, mail up to 1.0 MiB\n',
  )
  expect(await set('--no-read', '--quota', '1024')).toBe(
    'changed ann: reads nothing, writes /a /b, mail up to 1.0 KiB\n',
  )
  expect(await set('--file-quota', '100')).toBe(
    'changed ann: reads nothing, writes /a /b, mail up to 1.0 KiB, files up to 100 B\n',
  )
  expect(await set('--no-quota')).toBe('changed ann: reads nothing, writes /a /b, files up to 100 B\n')
  expect(await set('--no-file-quota')).toBe('changed ann: reads nothing, writes /a /b\n')
  expect(await set('--no-delete')).toBe('changed ann: reads nothing, writes /a /b, deletes nothing\n')
  expect(await set('--delete', '/a')).toBe('changed ann: reads nothing, writes /a /b, deletes /a\n')
  expect(JSON.parse(await set('--read', '/', '--json'))).toMatchObject({
    name: 'ann',
    read: ['/'],
    write: ['/a', '/b'],
  })
})

test.each([
  [['add', 'a b', '--password', 'x'], 'account name: must be 1 to 64 letters, digits, dots, hyphens or underscores'],
  [['add', 'ann', '--password', ''], 'account password: must not be empty'],
  [['add', 'ann', '--password', 'x', '--quota', 'much'], '--quota: must be a number of bytes (given: "much")'],
  [['add', 'ann', '--password', 'x', '--read', 'files'], '--read files: must be a path from the root'],
  [['set', 'ann', '--write', '/a', '--write', 'docs'], '--write docs: must be a path from the root'],
  [['set', 'ann', '--read', '/', '--no-read'], '--read and --no-read exclude each other'],
  [['set', 'ann', '--no-read', '--read', '/'], '--read and --no-read exclude each other'],
  [['set', 'ann', '--write', '/', '--no-write'], '--write and --no-write exclude each other'],
  [['set', 'ann', '--no-delete', '--delete', '/'], '--delete and --no-delete exclude each other'],
  [['add', 'ann', '--password', 'x', '--delete', 'a'], '--delete a: must be a path'],
  [['set', 'ann', '--quota', '1', '--no-quota'], '--quota and --no-quota exclude each other'],
  [['set', 'ann', '--no-file-quota', '--file-quota', '1'], '--file-quota and --no-file-quota exclude each other'],
  [['add', 'ann', '--password', 'x', '--file-quota', '1K'], '--file-quota: must be a number of bytes (given: "1K")'],
  [['add', 'ann', '--no-write', '--write', '/'], '--write and --no-write exclude each other'],
  [['set', 'ann', '--no-read'], 'account "ann" does not exist. fourwire user list shows the accounts'],
  [
    ['set', 'ann'],
    'Give --read, --no-read, --write, --no-write, --delete, --no-delete, --quota, --no-quota, --file-quota or --no-file-quota. Example',
  ],
  [
    ['set', 'alice', '--no-read'],
    'account "alice" exists for demonstration only and cannot be changed. fourwire user add alice',
  ],
  [['passwd', 'bob'], 'account "bob" exists for demonstration only and cannot be changed. fourwire user add bob'],
  [['remove', 'Alice'], 'account "Alice" exists for demonstration only and cannot be changed. fourwire user add Alice'],
  [['set', 'ann', '--quota', '-1'], '--quota: must be a number of bytes (given: "-1")'],
  [['passwd', 'ann'], 'account "ann" does not exist. fourwire user list shows the accounts'],
  [['remove', 'ann'], 'account "ann" does not exist. fourwire user list shows the accounts'],
  [['add', 'ann'], 'no password. Give it with --password PASSWORD, on standard input, or type it on a terminal'],
  [['list', '--store', 'mysql://x'], 'must be a URL such as postgres://user:password@host/database'],
])('%j fails with exit code 2: %s', async (args, message) => {
  const { code, stdout, stderr } = await user(await emptyFolder(), args)
  expect(stderr).toContain(message)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})

test.each([
  ['user', '--help'],
  ['start', '--help'],
])('%s %s states where accounts sign in', async (...args) => {
  const { stdout } = await runInProcess(args, { cwd: await emptyFolder() })
  expect(stdout.replace(/\s+/g, ' ')).toContain('sign in by FTP, SMTP and HTTP')
})

test('a name that is taken keeps its password, and there is no prompt for one', async () => {
  const cwd = await emptyFolder()
  await user(cwd, ['add', 'ann', '--password', 'first'])
  const { code, stderr } = await user(cwd, ['add', 'ann'])
  expect(stderr).toMatch(/^fourwire: account "ann" exists already\. Choose another name, or .*user passwd ann\n$/)
  expect(code).toBe(2)
})

test('list does not create a data folder', async () => {
  const cwd = await emptyFolder()
  expect(await user(cwd, ['list', '--data', 'typo'])).toEqual({
    code: 0,
    stdout:
      'no accounts are stored; while all services listen on loopback, alice and bob exist for demonstration. ' +
      'Add one with fourwire user add NAME\n',
    stderr: '',
  })
  expect(existsSync(path.join(cwd, 'typo'))).toBe(false)
})

test('an account that is added while a suite runs can sign in at once, and not after it is removed', async () => {
  const cwd = await emptyFolder()
  const { endpoints } = await startFourwire(['ftp', '--free-ports', '--host', '0.0.0.0'], { cwd })
  const signIn = async () => {
    const wire = await Wire.connect(endpoints[0]?.port ?? 0)
    await wire.play('S: 220 *\nC: USER ann\nS: 331 *\nC: PASS secret')
    return wire.line()
  }
  expect(await signIn()).toBe('530 Wrong name or password')
  expect((await user(cwd, ['add', 'ann', '--password', 'secret'])).code).toBe(0)
  expect(await signIn()).toBe('230 ann is logged in')
  await user(cwd, ['remove', 'ann'])
  expect(await signIn()).toBe('530 Wrong name or password')
})

test('the banner shows the demonstration accounts on loopback, and elsewhere how to add an account', async () => {
  const cwd = await emptyFolder()
  const bannerOf = async (...args: string[]) => {
    const started = launchStart(['ftp', '--free-ports', ...args], { cwd })
    const lines: string[] = []
    while (!lines.at(-1)?.startsWith('Ctrl+C')) lines.push(await started.line())
    await started.stop()
    return lines.find(line => line.startsWith('Accounts'))
  }
  expect(await bannerOf()).toBe('Accounts: alice (password wonderland), bob (password builder)')
  expect(await bannerOf('--host', '0.0.0.0')).toMatch(/^Accounts: none, because other machines can .* user add NAME$/)
  expect(await bannerOf('--proxy-from', '127.0.0.2')).toMatch(/^Accounts: none, because a balancer may let other /)
  await user(cwd, ['add', 'alice', '--password', 'of my own'])
  expect(await bannerOf()).toBe('Accounts: bob (password builder)')
  expect(await bannerOf('--host', '0.0.0.0')).toBeUndefined()
})

test('a password is not part of the help or of an error', async () => {
  const cwd = await emptyFolder()
  const { stderr } = await runFourwire(['user', 'add', 'ann', '--password', 'sec\tret'], { cwd })
  expect(stderr).toBe('fourwire: account password: must not contain control characters\n')
})
