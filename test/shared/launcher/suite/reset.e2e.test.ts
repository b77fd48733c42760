/** `suite.reset()` and `suite.env()`, for tests of other programs. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { list, put } from '../../../../clients/ftp/index.ts'
import { request } from '../../../../clients/http/index.ts'
import { send } from '../../../../clients/smtp/index.ts'
import { type Suite, UsageError } from '../../../../shared/launcher/index.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { suiteFor } from '../../../helpers/suite.ts'

const fetchText = async (url: string) => (await request({ url })).text()

test('reset restores files and mail, again and again', async () => {
  const suite = await suiteFor({})
  const server = `${suite.smtp.host}:${suite.smtp.port}`
  const hello = `${suite.http.url}files/hello.txt`
  const original = await fetchText(hello)
  for (const round of [1, 2]) {
    const url = `ftp://alice:wonderland@127.0.0.1:${suite.ftp.port}/files/hello.txt`
    await put({ url, from: Buffer.from(`changed ${round}`) })
    await writeFile(path.join(suite.dataFolder, 'www/new.txt'), 'new')
    await send({ server, from: 'a@fourwire.test', to: 'b@fourwire.test', subject: 'x', text: 'y' })
    expect(await fetchText(hello)).toBe(`changed ${round}`)

    await suite.reset()

    expect(await fetchText(hello)).toBe(original)
    expect(existsSync(path.join(suite.dataFolder, 'www/new.txt'))).toBe(false)
    expect(await suite.mail.list()).toEqual([])
  }
})

test('reset keeps files that were in the data folder before the start', async () => {
  const data = await emptyFolder()
  const first = await suiteFor({ services: ['http'], data })
  await first.close()
  const file = path.join(data, 'www/files/hello.txt')
  await writeFile(file, 'my own')
  const suite = await suiteFor({ services: ['http'], data })
  await writeFile(file, 'changed')
  await Promise.all([suite.reset(), suite.reset()])
  expect(await readFile(file, 'utf8')).toBe('my own')
})

const names = async ({ accounts }: Pick<Suite, 'accounts'>) => (await accounts.list()).map(({ name }) => name)

test('reset removes the accounts that were added since the start, again and again', async () => {
  const suite = await suiteFor({ services: ['ftp'] })
  for (const password of ['first', 'second']) {
    await suite.accounts.add({ name: 'ann', password })
    expect(await names(suite)).toEqual(['ann', 'alice', 'bob'])
    await suite.reset()
    expect(await names(suite)).toEqual(['alice', 'bob'])
    const url = `ftp://ann:${password}@127.0.0.1:${suite.ftp.port}/`
    await expect(list({ url })).rejects.toMatchObject({ code: 530 })
  }
})

test('reset restores accounts that were stored before the start, with their passwords', async () => {
  const data = await emptyFolder()
  const first = await suiteFor({ services: ['ftp'], data })
  await first.accounts.add({ name: 'ann', password: 'old', write: [], quota: 100 })
  await first.accounts.add({ name: 'bea', password: 'secret' })
  const before = await first.accounts.list()
  await first.close()
  const suite = await suiteFor({ services: ['ftp'], data })
  await suite.accounts.setPassword('ann', 'new')
  await suite.accounts.remove('bea')
  await suite.accounts.add({ name: 'bob', password: 'replaces the demonstration account' })
  await Promise.all([suite.reset(), suite.reset()])
  expect(await suite.accounts.list()).toEqual(before)
  for (const login of ['ann:old', 'bea:secret', 'bob:builder']) {
    expect(await list({ url: `ftp://${login}@127.0.0.1:${suite.ftp.port}/` })).not.toEqual([])
  }
})

test('reset rejects if the served folder is too large', async () => {
  const data = await emptyFolder()
  const first = await suiteFor({ services: ['hello'], data })
  await first.close()
  await writeFile(path.join(data, 'www/large'), Buffer.alloc(65 * 1024 * 1024))
  const suite = await suiteFor({ services: ['hello'], data })
  await expect(suite.reset()).rejects.toThrow(UsageError)
})

test('env has the address of every service', async () => {
  const suite = await suiteFor({})
  const { dns, ftp, hello, http, smtp } = suite
  expect(suite.env()).toEqual({
    HELLO_HOST: '127.0.0.1',
    HELLO_PORT: String(hello.port),
    HELLO_URL: hello.url,
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(http.port),
    HTTP_URL: http.url,
    HTTP_USER: 'alice',
    HTTP_PASSWORD: 'wonderland',
    FTP_HOST: '127.0.0.1',
    FTP_PORT: String(ftp.port),
    FTP_URL: `ftp://alice:wonderland@127.0.0.1:${ftp.port}/`,
    FTP_USER: 'alice',
    FTP_PASSWORD: 'wonderland',
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(smtp.port),
    SMTP_URL: `smtp://alice:wonderland@127.0.0.1:${smtp.port}/`,
    SMTP_USER: 'alice',
    SMTP_PASSWORD: 'wonderland',
    DNS_HOST: '127.0.0.1',
    DNS_PORT: String(dns.port),
    DNS_URL: dns.url,
    DNS_SERVER: '127.0.0.1',
  })
})

test('env has the TLS addresses and the certificate to trust', async () => {
  const suite = await suiteFor({ services: ['http', 'dns'], tls: true })
  const portOf = (name: string) =>
    String(suite.endpoints.find(({ service, transport }) => service === name && transport === 'tls')?.port)
  expect(suite.env()).toMatchObject({
    HTTP_TLS_PORT: portOf('http'),
    HTTPS_PORT: portOf('http'),
    HTTPS_URL: `https://127.0.0.1:${portOf('http')}/`,
    DNS_TLS_PORT: portOf('dns'),
    NODE_EXTRA_CA_CERTS: path.join(suite.dataFolder, 'tls/ca.pem'),
  })
})
