/** The file quota of an account, which bounds its uploads over HTTP, in the application and over FTP. */
import { mkdirSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { openDescriptorsIn } from '../helpers/open-descriptors.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { Wire } from '../helpers/wire.ts'
import { loginAs, openDataConnection, openSession } from './ftp/sessions.ts'
import { type AppClient, signedInClient } from './http/app/client.ts'

const QUOTA = 1000

let suite: Suite<'http' | 'ftp'>
/** The folder that ann and free may write. */
let own: string

beforeAll(async () => {
  suite = await startSuite({ services: ['http', 'ftp'], passwordCost: LOWEST_COST })
  own = path.join(suite.dataFolder, 'www/own')
  await suite.accounts.add({ name: 'ann', password: 'secret', write: ['/own'], fileQuota: QUOTA })
  await suite.accounts.add({ name: 'free', password: 'secret', write: ['/own'] })
})
afterAll(() => suite.close())
beforeEach(async () => {
  await rm(own, { recursive: true, force: true })
  await mkdir(path.join(own, 'inner'), { recursive: true })
  await writeFile(path.join(own, 'inner/old.txt'), 'o'.repeat(600))
})

const contentOf = (name: string) => readFile(path.join(own, name), 'utf8')
/** The names in the folder, those of incomplete uploads included. */
const names = async () => (await readdir(own, { recursive: true })).sort()
const full = (used: number) =>
  `The upload does not fit: of the file quota of this account (${QUOTA} bytes), its other files use ${used} bytes`

/** Returns the last line of a response, without its full stop. */
const lastSentence = (text: string) => text.trim().split('\n').at(-1)?.replace(/\.$/, '')

/** Stores a file in the folder; returns the code of the reply and its text. */
type Store = (account: string, name: string, content: string) => Promise<readonly [number, string]>

async function put(account: string, name: string, content: string) {
  const Authorization = `Basic ${Buffer.from(`${account}:secret`).toString('base64')}`
  const init = { method: 'PUT', headers: { Authorization }, body: content }
  const response = await fetch(new URL(`/own/${name}`, suite.http.url), init)
  return [response.status, await response.text()] as const
}

const clientOf = (account: string): Promise<AppClient> => signedInClient(suite.http.url, account, 'secret')

async function putInApi(account: string, name: string, content: string) {
  const { status, text, json } = await (await clientOf(account)).send('PUT', `/api/files/own/${name}`, {
    body: content,
  })
  return [status, (json as { detail?: string } | undefined)?.detail ?? text] as const
}

const sessionOf = (account: string): Promise<Wire> => openSession(suite.ftp.port, loginAs(account, 'secret'))

/** Sends content with STOR or APPE; returns the last reply. */
async function store(account: string, command: string, content: string): Promise<readonly [number, string]> {
  const wire = await sessionOf(account)
  const data = await openDataConnection(wire)
  wire.send(`${command}\r\n`)
  data.socket.end(content)
  let line = (await wire.line()) ?? ''
  if (line.startsWith('150 ')) line = (await wire.line()) ?? ''
  wire.socket.end()
  return [Number(line.slice(0, 3)), line.slice(4)]
}

const stor: Store = (account, name, content) => store(account, `STOR /own/${name}`, content)

describe.each<[string, Store, { created: number; replaced: number; full: number }]>([
  ['PUT at the path of a file', put, { created: 201, replaced: 204, full: 507 }],
  ['PUT in the API', putInApi, { created: 201, replaced: 204, full: 507 }],
  ['STOR', stor, { created: 226, replaced: 226, full: 552 }],
])('%s', (_title, storeFile, codes) => {
  test('stores what fits, and nothing beyond it', async () => {
    expect((await storeFile('ann', 'a.txt', 'a'.repeat(400)))[0]).toBe(codes.created)
    const [code, text] = await storeFile('ann', 'b.txt', 'b')
    expect([code, lastSentence(text)]).toEqual([codes.full, full(1000)])
    expect(await names()).toEqual(['a.txt', 'inner', 'inner/old.txt'])
    // Nothing is too much if the use is at the quota.
    expect((await storeFile('ann', 'empty.txt', ''))[0]).toBe(codes.created)
  })

  test('replaces a file by one of the same size if the quota is used up; a longer one fails, and the old file stays', async () => {
    await writeFile(path.join(own, 'a.txt'), 'a'.repeat(400))
    expect((await storeFile('ann', 'a.txt', 'b'.repeat(400)))[0]).toBe(codes.replaced)
    const [code, text] = await storeFile('ann', 'a.txt', 'c'.repeat(401))
    expect([code, lastSentence(text)]).toEqual([codes.full, full(600)])
    expect(await contentOf('a.txt')).toBe('b'.repeat(400))
    expect(await names()).toEqual(['a.txt', 'inner', 'inner/old.txt'])
  })

  test('a file that is replaced through a link to its folder does not count', async () => {
    await symlink('inner', path.join(own, 'link'))
    expect((await storeFile('ann', 'link/old.txt', 'n'.repeat(QUOTA)))[0]).toBe(codes.replaced)
    expect(await contentOf('inner/old.txt')).toBe('n'.repeat(QUOTA))
  })

  test('an account without a quota is not bounded', async () => {
    expect((await storeFile('free', 'large.txt', 'x'.repeat(10 * QUOTA)))[0]).toBe(codes.created)
    const [code, text] = await storeFile('ann', 'b.txt', '')
    expect([code, lastSentence(text)]).toEqual([codes.full, full(10_600)])
  })

  test('a long upload ends as soon as it does not fit', async () => {
    const [code] = await storeFile('ann', 'huge.txt', 'x'.repeat(4 * 1024 * 1024))
    expect(code).toBe(codes.full)
    expect(await names()).toEqual(['inner', 'inner/old.txt'])
  })
})

describe('APPE, and STOR after REST', () => {
  test('count the part of the file that stays', async () => {
    expect((await store('ann', 'APPE /own/inner/old.txt', 'x'.repeat(400)))[0]).toBe(226)
    expect(await store('ann', 'APPE /own/inner/old.txt', 'x')).toEqual([552, full(0)])
    expect(await contentOf('inner/old.txt')).toBe('o'.repeat(600) + 'x'.repeat(400))
    const wire = await sessionOf('ann')
    const data = await openDataConnection(wire)
    await wire.play('C: REST 100\nS: 350 *\nC: STOR /own/inner/old.txt\nS: 150 *')
    data.socket.end('y'.repeat(901))
    await wire.play(`S: 552 ${full(0)}`)
    expect(await contentOf('inner/old.txt')).toBe('o'.repeat(600) + 'x'.repeat(400))
    expect(await names()).toEqual(['inner', 'inner/old.txt'])
  })
})

test('of two uploads at once that fit only alone, one is stored', async () => {
  const wires = [await sessionOf('ann'), await sessionOf('ann')] as const
  const data = [await openDataConnection(wires[0]), await openDataConnection(wires[1])] as const
  await wires[0].play('C: STOR /own/first.txt\nS: 150 *')
  await wires[1].play('C: STOR /own/second.txt\nS: 150 *')
  data[0].socket.end('1'.repeat(300))
  await wires[0].play('S: 226 *')
  data[1].socket.end('2'.repeat(300))
  await wires[1].play(`S: 552 ${full(900)}`)
  expect(await names()).toEqual(['first.txt', 'inner', 'inner/old.txt'])
})

test('the form of the application stores all files or none', async () => {
  const client = await clientOf('ann')
  const upload = (...sizes: readonly number[]) => {
    const body = new FormData()
    for (const [index, size] of sizes.entries()) body.append('file', new Blob(['x'.repeat(size)]), `${index}.txt`)
    return client.send('POST', '/app/files/upload/own', { headers: { 'Sec-Fetch-Site': 'same-origin' }, body })
  }
  const { status, text } = await upload(200, 201)
  expect(status).toBe(507)
  expect(text).toContain('the file quota of this account (1000 bytes)')
  expect(await names()).toEqual(['inner', 'inner/old.txt'])
  expect((await upload(200, 200)).status).toBe(303)
  expect(await names()).toEqual(['0.txt', '1.txt', 'inner', 'inner/old.txt'])
})

test('a quota that is changed takes effect with the next upload of an open session', async () => {
  const client = await clientOf('ann')
  const putNext = async () => (await client.send('PUT', '/api/files/own/next.txt', { body: 'x'.repeat(500) })).status
  expect(await putNext()).toBe(507)
  await suite.accounts.update('ann', { fileQuota: 1100 })
  expect(await putNext()).toBe(201)
  await suite.accounts.update('ann', { fileQuota: QUOTA })
  expect(await putNext()).toBe(507)
})

test('a folder whose path is too long does not keep the account from uploading, and its files count', async () => {
  const name = 'd'.repeat(200)
  const chain = Array<string>(15).fill(name).join('/')
  for (const start of ['upper', 'lower']) await mkdir(path.join(own, start, chain), { recursive: true })
  await writeFile(path.join(own, 'lower', chain, 'deep.txt'), 'd'.repeat(100))
  const wire = await sessionOf('ann')
  const move = (from: string, to: string) => wire.play(`C: RNFR /own/${from}\nS: 350 *\nC: RNTO /own/${to}\nS: 250 *`)
  await move(`lower/${name}`, `upper/${chain}/${name}`)
  expect((await store('ann', 'STOR /own/a.txt', 'a'.repeat(300)))[0]).toBe(226)
  expect(await store('ann', 'STOR /own/b.txt', 'b')).toEqual([552, full(1000)])
  // What removes the folders uses paths.
  await move(`upper/${chain}/${name}`, 'moved')
})

test('a client that leaves while its quota is measured for PUT ends the measurement', async () => {
  for (let number = 0; number < 3000; number++) mkdirSync(path.join(own, `inner/${number}`))
  // A complete measurement would find that there is no room (507).
  await writeFile(path.join(own, 'large.txt'), 'x'.repeat(QUOTA + 1))
  const wire = await Wire.connect(suite.http.port)
  const authorization = `Authorization: Basic ${Buffer.from('ann:secret').toString('base64')}`
  wire.send(`PUT /own/a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n${authorization}\r\nContent-Length: 5\r\n\r\n`)
  while (openDescriptorsIn(own) === 0) await setImmediate()
  wire.socket.end()
  expect(await wire.readToEnd()).toContain('400 Bad Request\nThe body of the request ended early.')
  expect(openDescriptorsIn(own)).toBe(0)
})

test('STAT shows an upload whose quota is being measured, and ABOR ends it', async () => {
  for (let number = 0; number < 3000; number++) mkdirSync(path.join(own, `inner/${number}`))
  const wire = await sessionOf('ann')
  await openDataConnection(wire)
  wire.send('STOR /own/a.txt\r\n')
  // The upload has its folder open while it measures.
  while (openDescriptorsIn(own) === 0) await setImmediate()
  await wire.play('C: STAT\nS: 211 the upload of /own/a.txt begins\nC: ABOR\nS: 426 Upload aborted\nS: 226 *')
  expect(await readdir(own)).toEqual(['inner'])
})
