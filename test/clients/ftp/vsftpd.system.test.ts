/**
 * The client against vsftpd, which has neither MLSD nor MFMT nor HASH, requires TLS for logins and data connections, and requires
 * that data connections resume the TLS session of their control connection. vsftpd needs root.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { getFiles, hash, list, putFiles, remove, tree } from '../../../clients/ftp/index.ts'
import { openTls } from '../../../shared/net/tls/tls.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { freePort } from '../../helpers/free-port.ts'
import { until } from '../../interop/daemons.ts'
import { findTool, requireTool } from '../../interop/tools.ts'

/** Starts vsftpd with a folder `pub` that anonymous users may change. */
async function startVsftpd(context: TestContext, settings: Readonly<Record<string, string>> = {}) {
  requireTool('vsftpd', context)
  if (process.getuid?.() !== 0) context.skip('vsftpd needs root')
  const folder = await emptyFolder()
  // vsftpd becomes another user.
  await chmod(folder, 0o755)
  const [root, empty] = [path.join(folder, 'root'), path.join(folder, 'empty')]
  const pub = path.join(root, 'pub')
  await mkdir(pub, { recursive: true })
  await mkdir(empty)
  await chmod(pub, 0o777)
  const tls = await openTls({ dataFolder: await emptyFolder() })
  const pem = path.join(folder, 'server.pem')
  await writeFile(pem, tls.serverOptions.cert + tls.serverOptions.key)
  const port = await freePort()
  const options = {
    background: 'NO',
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: String(port),
    secure_chroot_dir: empty,
    anonymous_enable: 'YES',
    anon_root: root,
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_mkdir_write_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_umask: '022',
    ssl_enable: 'YES',
    allow_anon_ssl: 'YES',
    force_anon_data_ssl: 'YES',
    force_anon_logins_ssl: 'YES',
    require_ssl_reuse: 'YES',
    ssl_ciphers: 'HIGH',
    rsa_cert_file: pem,
    seccomp_sandbox: 'NO',
    ...settings,
  }
  const file = path.join(folder, 'vsftpd.conf')
  await writeFile(
    file,
    Object.entries(options)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const child = spawn(findTool('vsftpd') ?? 'vsftpd', [file], { stdio: 'ignore' })
  const exit = once(child, 'exit')
  context.onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  await until(
    () => accepts(port),
    () => `vsftpd with ${file}`,
  )
  return { server: { host: '127.0.0.1', port, verification: { ca: tls.ca } }, pub }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const OLD = 1_600_000_000

async function createSource(): Promise<string> {
  const folder = await emptyFolder()
  await mkdir(path.join(folder, 'source/deep'), { recursive: true })
  for (let number = 0; number < 8; number += 1) {
    const file = path.join(folder, 'source/deep', `${number}.txt`)
    await writeFile(file, 'x'.repeat(number * 1000))
    await utimes(file, OLD, OLD)
  }
  return path.join(folder, 'source')
}

test.for([
  ['explicit', {}],
  ['implicit', { implicit_ssl: 'YES' }],
] as const)('mirrors both ways over %s TLS, with several sessions', async ([encryption, settings], context) => {
  const { server, pub } = await startVsftpd(context, settings)
  const target = { ...server, tls: encryption, path: '/pub/copy' }
  const from = [await createSource()]
  expect(await putFiles({ ...target, from, mirror: true })).toMatchObject({ files: 8, failed: [] })
  expect(await readdir(path.join(pub, 'copy/deep'))).toHaveLength(8)
  // The times on the server are those of the upload, which are later.
  expect(await putFiles({ ...target, from, mirror: true })).toMatchObject({ files: 0, unchanged: 8 })
  const to = path.join(await emptyFolder(), 'back')
  expect(await getFiles({ ...target, to, mirror: true })).toMatchObject({ files: 8, failed: [] })
  expect(await getFiles({ ...target, to, mirror: true })).toMatchObject({ files: 0, unchanged: 8 })
  await writeFile(path.join(from[0] ?? '', 'deep/1.txt'), 'changed')
  await writeFile(path.join(pub, 'copy/extra.txt'), 'extra')
  const deleted = await putFiles({ ...target, from, mirror: true, delete: true })
  expect(deleted.actions).toEqual([
    { action: 'upload', path: '/pub/copy/deep/1.txt', size: 7 },
    { action: 'delete', path: '/pub/copy/extra.txt' },
  ])
})

test('continues transfers, computes hashes, lists and removes trees', async context => {
  const { server, pub } = await startVsftpd(context)
  const target = { ...server, tls: 'explicit' } as const
  const from = [path.join(await createSource(), 'deep/3.txt')]
  await writeFile(path.join(pub, 'part.txt'), 'x'.repeat(1000))
  await chmod(path.join(pub, 'part.txt'), 0o666)
  expect(await putFiles({ ...target, path: '/pub/part.txt', from, continue: true })).toMatchObject({ bytes: 2000 })
  expect(await readFile(path.join(pub, 'part.txt'), 'utf8')).toBe('x'.repeat(3000))
  const { computedBy, hash: crc } = await hash({ ...target, path: '/pub/part.txt', algorithm: 'crc32' })
  expect({ computedBy, crc }).toEqual({ computedBy: 'client', crc: expect.stringMatching(/^[\da-f]{8}$/) })
  await putFiles({ ...target, path: '/pub/', from: [await createSource()] })
  expect((await tree({ ...target, path: '/pub' })).entries).toHaveLength(11)
  const removed = await remove({ ...target, path: '/pub/source', recursive: true })
  expect(removed).toMatchObject({ files: 8, directories: 2 })
  const { entries } = await list({ ...target, path: '/pub' })
  expect(entries).toMatchObject([{ name: 'part.txt', type: 'file', size: 3000, mode: 0o666 }])
})

test.for([
  [
    { anonymous_enable: 'NO', local_enable: 'YES' },
    ['ls'],
    '530 Login incorrect. The server did not accept an anonymous login: log in with --user NAME --password PASSWORD',
  ],
  [
    {},
    ['ls', '--user', 'ann'],
    '530 This FTP server is anonymous only. Omit the user ann: the login is then anonymous',
  ],
  [{ ssl_enable: 'YES' }, ['ls'], '530 Anonymous sessions must use encryption. Encrypt the connection with --tls'],
  [
    { ssl_enable: 'YES', allow_anon_ssl: 'NO', force_anon_logins_ssl: 'NO' },
    ['ls', '--tls', '--insecure'],
    '530 Anonymous sessions may not use encryption. Use ftp:// without --tls, or log in with --user NAME --password PASSWORD',
  ],
  [{}, ['rm'], 'pub/folder: 550 Delete operation failed. It is a directory: rm -r removes it with all that is in it'],
] as const)('%o, %j: names the cause', async ([settings, [command, ...flags], message], context) => {
  const { server, pub } = await startVsftpd(context, { ssl_enable: 'NO', delay_failed_login: '0', ...settings })
  await mkdir(path.join(pub, 'folder'))
  const args = ['ftp', command, `ftp://127.0.0.1:${server.port}/pub/folder`, ...flags]
  expect(await runInProcess(args, { cwd: await emptyFolder() })).toEqual({
    code: 1,
    stdout: '',
    stderr: `fourwire: ${message}\n`,
  })
})
