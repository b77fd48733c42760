/** TLS: explicit and implicit, the certificate, data connections, and what the trace shows. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type FtpEncryption, get, getFiles, list, put, putFiles } from '../../../clients/ftp/index.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { startScriptedServer } from './scripted-server.ts'
import { sharedSuite } from './shared-suite.ts'
import { startTlsServer } from './tls-server.ts'

// As vsftpd requires by default.
const shared = sharedSuite({ tls: true, ftp: { requireSessionReuse: true, tls: 'required' } })

const portOf = (tls: FtpEncryption) => (tls === 'implicit' ? shared.suite.ftp.tlsPort : shared.suite.ftp.port)
const authority = () => shared.suite.tls?.ca ?? ''

/** A target on the suite, with the account of a writer. */
const targetOf = (tls: FtpEncryption) => ({
  ...shared.server,
  port: portOf(tls),
  tls,
  verification: { ca: authority() },
})

describe.each(['explicit', 'implicit'] as const)('%s TLS', tls => {
  test('encrypts both connections, which share a TLS session', async () => {
    const target = targetOf(tls)
    await put({ ...target, path: `/${tls}.txt`, from: Buffer.from('encrypted') })
    const to = new PassThrough()
    await get({ ...target, path: `/${tls}.txt`, to })
    expect(String(to.read())).toBe('encrypted')
    // Its end must not end the handshake.
    expect(await put({ ...target, path: `/empty-${tls}.txt`, from: Buffer.alloc(0) })).toMatchObject({ size: 0 })
    expect(await readFile(path.join(shared.www, `empty-${tls}.txt`), 'utf8')).toBe('')
    expect((await list({ ...target, path: '/' })).entries.map(({ name }) => name)).toContain(`${tls}.txt`)
  })

  test('transfers many files at once', async () => {
    const folder = await emptyFolder()
    await mkdir(path.join(folder, tls))
    for (let number = 0; number < 12; number += 1) await writeFile(path.join(folder, tls, `${number}`), `${number}`)
    const target = targetOf(tls)
    expect(await putFiles({ ...target, path: '/', from: [path.join(folder, tls)] })).toMatchObject({ files: 12 })
    expect(await readdir(path.join(shared.www, tls))).toHaveLength(12)
    expect(await getFiles({ ...target, path: `/${tls}`, to: path.join(folder, 'copy') })).toMatchObject({
      files: 12,
      failed: [],
    })
  })

  test('refuses the certificate of an unknown authority, unless it is insecure', async () => {
    const target = { ...targetOf(tls), verification: {} }
    await expect(list({ ...target, path: '/' })).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'certificate',
      message: expect.stringMatching(`^cannot verify the certificate of 127.0.0.1:${portOf(tls)}: .*--cacert FILE`),
    })
    expect((await list({ ...target, path: '/', verification: { insecure: true } })).path).toBe('/')
  })

  test('refuses a certificate for another name', async () => {
    const target = { ...targetOf(tls), verification: { ca: authority(), serverName: 'example.org' } }
    await expect(list(target)).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(
        /altnames.*\. Use a name that the certificate is for, or skip verification with --insecure$/,
      ),
    })
  })

  test('both ends trace the conversation in clear, and mask the password', async () => {
    const serverEvents = recordEvents(shared.suite.trace)
    const clientEvents = recordEvents()
    const target = { ...targetOf(tls), path: '/files/hello.txt', to: new PassThrough().resume() }
    await get(target, { trace: clientEvents.trace })
    await serverEvents.until(event => event.kind === 'close' && event.channel === 'control')
    const messagesOf = (recorder: typeof serverEvents, channel: string) =>
      recorder
        .of('ftp')
        .filter(event => event.channel === channel && ['message', 'transfer'].includes(event.kind))
        .map(({ summary }) => summary)
    expect(messagesOf(clientEvents, 'control')).toEqual(messagesOf(serverEvents, 'control'))
    expect(messagesOf(clientEvents, 'control')).toContain('RETR /files/hello.txt')
    expect(messagesOf(clientEvents, 'data')).toEqual([expect.stringMatching(/^server sent 21 bytes/)])
    expect(clientEvents.lines().join()).not.toContain('wonderland')
  })
})

test('commands trust the authority of the suite in the data folder', async () => {
  const cwd = await emptyFolder()
  const run = (...args: string[]) => runInProcess(['ftp', ...args, '--data', shared.suite.dataFolder], { cwd })
  expect((await run('cat', `ftps://127.0.0.1:${portOf('implicit')}/files/hello.txt`)).stdout).toBe(
    'Hello from Fourwire.\n',
  )
  expect((await run('cat', `ftp://127.0.0.1:${portOf('explicit')}/files/hello.txt`, '--tls')).stdout).toBe(
    'Hello from Fourwire.\n',
  )
  const untrusted = await runInProcess(['ftp', 'ls', `ftps://127.0.0.1:${portOf('implicit')}/`], { cwd })
  expect(untrusted).toMatchObject({ code: 1, stdout: '' })
  expect(untrusted.stderr).toContain('cannot verify the certificate')
  await writeFile(path.join(cwd, 'ca.pem'), authority())
  const named = ['ls', `ftps://127.0.0.1:${portOf('implicit')}/`, '--cacert', 'ca.pem']
  expect(await runInProcess(['ftp', ...named], { cwd })).toMatchObject({ code: 0, stderr: '' })
  expect(await run('ls', '/', '--tls', '--cacert', 'nothing.pem')).toMatchObject({ code: 2 })
})

test('without TLS, a server that requires it refuses, and its reply is shown', async () => {
  await expect(list({ port: portOf('explicit'), path: '/' })).rejects.toMatchObject({ name: 'RefusedError' })
})

test('sends no password if the server does not offer TLS', async () => {
  const server = await startScriptedServer({ AUTH: '502 not here.' })
  await expect(list({ port: server.port, tls: 'explicit', user: 'ann', password: 'secret' })).rejects.toMatchObject({
    code: 502,
    message: 'the server does not offer TLS: 502 not here. Without --tls, the connection is not encrypted',
  })
  expect(server.received).toEqual(['AUTH TLS', 'QUIT'].slice(0, server.received.length))
  expect(server.received).not.toContain('USER ann')
})

test('implicit TLS to a server that does not use it fails with a reason', async () => {
  const { ftp } = await suiteFor({ services: ['ftp'] })
  await expect(list({ port: ftp.port, tls: 'implicit' })).rejects.toThrow('the server does not speak TLS on that port')
})

test('transfers nothing if the server refuses to protect data connections', async () => {
  const server = await startTlsServer({ USER: '230 welcome', PROT: '534 not here', QUIT: '221 bye' })
  const attempt = list({ port: server.port, tls: 'explicit', verification: { ca: server.ca } })
  await expect(attempt).rejects.toMatchObject({ code: 534 })
  expect(server.received).toEqual(['USER anonymous', 'PBSZ 0', 'PROT P'])
})

test('ignores replies that arrive in clear behind the one to AUTH', async () => {
  const server = await startTlsServer({ USER: '530 not you' }, '230 you are welcome\r\n230')
  const attempt = list({ port: server.port, tls: 'explicit', verification: { ca: server.ca } })
  await expect(attempt).rejects.toMatchObject({ code: 530, text: 'not you' })
})
