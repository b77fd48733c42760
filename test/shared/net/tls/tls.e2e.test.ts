/** The authority of a data folder, and certificates that the user supplies. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { connect, createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { startSuite } from '../../../../shared/launcher/index.ts'
import { certificateFor } from '../../../../shared/net/tls/authority.ts'
import { generateAuthority } from '../../../../shared/net/tls/certificates.ts'
import { openTls, type Tls } from '../../../../shared/net/tls/tls.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const NOW = new Date('2030-01-01T00:00:00Z')
const later = (days: number) => new Date(NOW.getTime() + days * DAY_MS)

/** Connects as a client that trusts the authority and expects the name; resolves once the certificate is verified. */
async function connectTo({ serverOptions }: Tls, ca: string | undefined, name: string): Promise<void> {
  const server = createServer(serverOptions, socket => socket.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', servername: name, ...(ca ? { ca } : {}) })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
}

test.each(['fourwire.test', 'www.fourwire.test', 'localhost'])(
  'a client that trusts ca.pem accepts the server as %s',
  async name => {
    const tls = await openTls({ dataFolder: await emptyFolder() })
    expect(await readFile(tls.caFile ?? '', 'utf8')).toBe(tls.ca)
    await connectTo(tls, tls.ca, name)
  },
)

test('a client rejects a name that is not in the certificate, and the authority of another folder', async () => {
  const tls = await openTls({ dataFolder: await emptyFolder() })
  const other = await openTls({ dataFolder: await emptyFolder() })
  await expect(connectTo(tls, tls.ca, 'www.example.org')).rejects.toThrow('does not match')
  await expect(connectTo(tls, other.ca, 'fourwire.test')).rejects.toThrow('unable to verify')
})

test('the certificate contains the addresses of the servers and those of earlier starts', async () => {
  const dataFolder = await emptyFolder()
  await openTls({ dataFolder, hosts: ['127.0.0.9'] })
  const tls = await openTls({ dataFolder, hosts: ['2001:DB8::1', 'host.example.org'] })
  const certificate = new X509Certificate(tls.serverOptions.cert)
  const addresses = ['127.0.0.1', '::1', '127.0.0.9', '2001:db8::1']
  expect(addresses.filter(address => certificate.checkIP(address))).toEqual(addresses)
  expect(certificate.subjectAltName).not.toContain('example.org')
  const again = await openTls({ dataFolder, hosts: ['127.0.0.9', '2001:db8:0::1'] })
  expect(again.serverOptions).toEqual(tls.serverOptions)
})

test('the certificate of a server bound to the wildcard address contains all addresses of the machine', async () => {
  const tls = await openTls({ dataFolder: await emptyFolder(), hosts: ['0.0.0.0'] })
  expect(new X509Certificate(tls.serverOptions.cert).checkIP('127.0.0.1')).toBe('127.0.0.1')
})

test('concurrent starts create one authority and leave no temporary files', async () => {
  const dataFolder = await emptyFolder()
  const all = await Promise.all(Array.from({ length: 8 }, () => openTls({ dataFolder })))
  expect(new Set(all.map(({ ca }) => ca)).size).toBe(1)
  for (const tls of all) await connectTo(tls, tls.ca, 'fourwire.test')
  expect(await readdir(dataFolder)).toEqual(['tls'])
  expect((await readdir(path.join(dataFolder, 'tls'))).sort()).toEqual(['ca-key.pem', 'ca.pem', 'server.pem'])
})

test('only the user can read keys; everyone can read the certificate of the authority', async () => {
  const dataFolder = await emptyFolder()
  await openTls({ dataFolder })
  const modeOf = async (file: string) => ((await stat(path.join(dataFolder, 'tls', file))).mode & 0o777).toString(8)
  expect(await Promise.all(['.', 'ca.pem', 'ca-key.pem', 'server.pem'].map(modeOf))).toEqual([
    '755',
    '644',
    '600',
    '600',
  ])
})

test('replaces a certificate that is about to expire or is invalid, with the same authority', async () => {
  const dataFolder = await emptyFolder()
  const first = await certificateFor(dataFolder, ['localhost'], NOW)
  expect((await certificateFor(dataFolder, ['localhost'], later(360))).server).toEqual(first.server)
  const second = await certificateFor(dataFolder, ['localhost'], later(370))
  expect(second.ca).toBe(first.ca)
  expect(Date.parse(new X509Certificate(second.server.certificate).validTo)).toBe(later(370 + 397).getTime())
  await writeFile(path.join(dataFolder, 'tls', 'server.pem'), 'nonsense')
  const third = await certificateFor(dataFolder, ['localhost'], later(370))
  expect(third.server.key).not.toBe(second.server.key)
})

test.each([
  ['a missing key', async (folder: string) => rm(path.join(folder, 'ca-key.pem')), 'ca.pem or ca-key.pem is missing'],
  [
    'a missing certificate',
    async (folder: string) => rm(path.join(folder, 'ca.pem')),
    'ca.pem or ca-key.pem is missing',
  ],
  [
    'a key that does not match',
    async (folder: string) => writeFile(path.join(folder, 'ca-key.pem'), (await generateAuthority(NOW)).key),
    'ca-key.pem is not the key of ca.pem',
  ],
  ['an expired certificate', async () => undefined, 'ca.pem expired on'],
  ['an invalid certificate', async (folder: string) => writeFile(path.join(folder, 'ca.pem'), 'x'), ': error:'],
])('rejects an authority with %s; the error has the reason and what to do', async (_, damage, reason) => {
  const dataFolder = await emptyFolder()
  await certificateFor(dataFolder, ['localhost'], NOW)
  const folder = path.join(dataFolder, 'tls')
  await damage(folder)
  const using = certificateFor(dataFolder, ['localhost'], later(4000))
  await expect(using).rejects.toThrow(reason)
  await expect(using).rejects.toThrow(`cannot use the certificate authority in ${folder}: `)
  await expect(using).rejects.toThrow(
    'Repair it, or remove the folder to create a new authority, which clients must trust again',
  )
})

/** Writes a certificate that the user supplies, and its key, to two files. */
async function ownFiles(): Promise<{ cert: string; key: string; ca: string }> {
  const folder = await emptyFolder()
  const { server, ca } = await certificateFor(folder, ['own.test', '127.0.0.1'], new Date())
  const own = { cert: path.join(folder, 'own.pem'), key: path.join(folder, 'own-key.pem'), ca }
  await writeFile(own.cert, server.certificate)
  await writeFile(own.key, server.key)
  return own
}

test('uses a certificate that the user supplies, and creates no authority', async () => {
  const { cert, key, ca } = await ownFiles()
  const dataFolder = await emptyFolder()
  const suite = await startSuite({ services: ['hello'], data: dataFolder, tlsCert: cert, tlsKey: key })
  onTestFinished(() => suite.close())
  expect(suite.tls).toMatchObject({ ca: undefined, caFile: undefined })
  await connectTo(suite.tls as Tls, ca, 'own.test')
  expect(await readdir(dataFolder)).not.toContain('tls')
})

test('an error names the problem of a certificate that the user supplies', async () => {
  const { cert, key } = await ownFiles()
  const { key: otherKey } = await ownFiles()
  const open = (own: { cert: string; key: string }) => openTls({ dataFolder: '/nowhere', own })
  await expect(open({ cert: '/nowhere/x.pem', key })).rejects.toThrow(
    'tlsCert: cannot read /nowhere/x.pem: no such file or folder',
  )
  await expect(open({ cert: key, key })).rejects.toThrow(`tlsCert: ${key} is not a certificate in PEM format: `)
  await expect(open({ cert, key: cert })).rejects.toThrow(`tlsKey: ${cert} is not a private key without a passphrase`)
  await expect(open({ cert, key: otherKey })).rejects.toThrow(`tlsKey: ${otherKey} is not the key of the certificate`)
  await expect(startSuite({ services: ['hello'], tlsCert: cert })).rejects.toThrow('tlsCert and tlsKey go together')
})

test('creates no TLS files without TLS', async () => {
  const suite = await startSuite({ services: ['hello'] })
  onTestFinished(() => suite.close())
  expect(suite.tls).toBeUndefined()
  expect(await readdir(suite.dataFolder)).not.toContain('tls')
})

test('with TLS, suite.tls has the certificate that clients must trust', async () => {
  const suite = await startSuite({ services: ['hello'], tls: true })
  onTestFinished(() => suite.close())
  expect(new X509Certificate(suite.tls?.ca ?? '').ca).toBe(true)
  expect(createPrivateKey(suite.tls?.serverOptions.key ?? '').asymmetricKeyType).toBe('ec')
})
