/** What errors of commands advise. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { list, makeDirectory, remove } from '../../../clients/ftp/index.ts'
import { UnreachableError } from '../../../shared/errors.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { listen, startScriptedServer } from './scripted-server.ts'
import { sharedSuite } from './shared-suite.ts'

const shared = sharedSuite()

/** Runs a command that fails, and returns its error. ADDRESS is the address of the suite with the account of a writer. */
async function errorOf(...args: string[]): Promise<string> {
  const cwd = await emptyFolder()
  await mkdir(path.join(cwd, 'up'))
  for (const name of ['a', 'b', 'c']) await writeFile(path.join(cwd, 'up', name), name)
  const { code, stdout, stderr } = await runInProcess(
    ['ftp', ...args.map(arg => arg.replace('ADDRESS', shared.address))],
    { cwd },
  )
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  return stderr
}

const anonymous = () => `ftp://127.0.0.1:${shared.suite.ftp.port}`

describe('changes', () => {
  test.for([
    [
      'a folder for a missing directory',
      ['put', 'up', 'ADDRESS/nope/nope/'],
      'nope/nope/up: 550 No such file or directory (not transferred: 3 files in it)',
    ],
    [
      'files for a missing directory',
      ['put', 'up/a', 'up/b', 'ADDRESS/nope/nope/'],
      'nope/nope/: 550 No such file or directory',
    ],
    [
      'rm of a directory',
      ['rm', 'ADDRESS/files'],
      'files: 550 Is a directory; RMD removes it. It is a directory: rm -r removes it with all that is in it',
    ],
    [
      'rm of a directory that is not empty',
      ['rm', 'ADDRESS/files/'],
      'files: 550 The directory is not empty. rm -r removes a directory with all that is in it',
    ],
    ['rm of a file as an empty directory', ['rm', 'ADDRESS/index.html/'], 'index.html/: 550 Not a directory'],
    ['rm of what does not exist', ['rm', 'ADDRESS/nope'], 'nope: 550 No such file or directory'],
    [
      'mkdir in a directory that does not exist',
      ['mkdir', 'ADDRESS/x/y/z/'],
      'x/y/z/: 550 No such file or directory. The directory x/y was not found: mkdir -p creates it too',
    ],
    [
      'mkdir of a directory that exists',
      ['mkdir', 'ADDRESS/files'],
      'files: 550 It exists already. mkdir -p accepts a directory that exists',
    ],
    ['mkdir in place of a file', ['mkdir', 'ADDRESS/index.html'], 'index.html: 550 It exists already'],
  ] as const)('%s', async ([, args, message]) => {
    expect(await errorOf(...args)).toBe(`fourwire: ${message}\n`)
  })

  test('if the account lacks permission, the only hint is to log in', async () => {
    expect(await errorOf('rm', `${anonymous()}/files`)).toBe(
      'fourwire: files: 550 This account may only read. You are anonymous. Log in with --user NAME --password PASSWORD\n',
    )
  })

  test('an anonymous client gets no hint to log in if the cause is another one', async () => {
    const server = await startScriptedServer({
      DELE: '550 Delete operation failed.',
      SIZE: '550 no',
      PWD: '257 "/"',
      CWD: '250 fine',
    })
    expect(await errorOf('rm', `ftp://127.0.0.1:${server.port}/d`)).toBe(
      'fourwire: d: 550 Delete operation failed. It is a directory: rm -r removes it with all that is in it\n',
    )
  })

  test('a failure of the explanation does not hide the refusal', async () => {
    const server = await startScriptedServer({ DELE: '550 no', SIZE: socket => socket.destroy() })
    await expect(remove({ port: server.port, path: 'd' })).rejects.toMatchObject({ code: 550, message: '550 no' })
  })

  test('mkdir -p prints whether it has created the directory', async () => {
    const run = async () =>
      (await runInProcess(['ftp', 'mkdir', '-p', `${shared.address}/p/q`], { cwd: await emptyFolder() })).stdout
    expect([await run(), await run()]).toEqual(['p/q: created\n', 'p/q: exists already\n'])
    expect(await makeDirectory({ ...shared.server, path: '/p/q', parents: true })).toMatchObject({ created: false })
  })
})

describe('a refused login', () => {
  test.for([
    [
      [],
      'Login incorrect.',
      'Login incorrect. The server did not accept an anonymous login: log in with --user NAME --password PASSWORD',
    ],
    [['--user', 'ann'], 'Login incorrect.', 'Login incorrect. Give the password of ann with --password PASSWORD'],
    [['--user', 'ann', '--password', 'x'], 'Login incorrect.', 'Login incorrect.'],
    [['--user', 'ann'], 'Permission denied.', 'Permission denied.'],
    [
      ['--user', 'ann'],
      'This FTP server is anonymous only.',
      'This FTP server is anonymous only. Omit the user ann: the login is then anonymous',
    ],
    [
      ['--user', 'ann'],
      'Non-anonymous sessions must use encryption.',
      'Non-anonymous sessions must use encryption. Encrypt the connection with --tls',
    ],
    [
      [],
      'Anonymous sessions must use encryption.',
      'Anonymous sessions must use encryption. Encrypt the connection with --tls',
    ],
  ] as const)('%j, 530 %s', async ([flags, reply, message]) => {
    const server = await startScriptedServer({ USER: `530 ${reply}` })
    const url = `ftp://127.0.0.1:${server.port}/d`
    for (const command of ['ls', 'mkdir', 'shell']) {
      expect(await errorOf(command, url, ...flags)).toBe(`fourwire: 530 ${message}\n`)
    }
  })
})

describe('the wrong encryption', () => {
  test.for([
    [2121, 'If the server expects TLS from the first byte, use ftps://'],
    [990, 'Port 990 is for TLS from the first byte: use ftps://'],
    [9990, 'Port 9990 is for TLS from the first byte: use ftps://'],
  ] as const)('in clear to port %i, which sends no greeting', async ([port, advice]) => {
    const silent = await listen(() => {})
    const locate = async () => ({ host: '127.0.0.1', port: silent })
    await expect(list({ host: 'h', port }, { locate, timeout: 200 })).rejects.toThrow(
      `the FTP server failed: it did not answer in time. ${advice}`,
    )
  })

  test('TLS from the first byte to a port in clear', async () => {
    const attempt = list({ port: shared.suite.ftp.port, tls: 'implicit' })
    await expect(attempt).rejects.toThrow(
      /^TLS handshake with .* failed: the server does not speak TLS on that port\. If it offers TLS with AUTH TLS, use ftp:\/\/ with --tls$/,
    )
    await expect(list({ port: 1, tls: 'implicit' })).rejects.toThrow(UnreachableError)
  })
})
