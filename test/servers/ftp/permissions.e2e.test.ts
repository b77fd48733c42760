import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { NewAccount } from '../../../shared/store/accounts.ts'
import { download, ftpSuite, loginAs, openSession, requestPassivePort, sendCommand, upload } from './sessions.ts'

/** Signs in with an account on a tree of `own/mine.txt`, `other/secret.txt` and links between them. */
async function sessionOf(account: Pick<NewAccount, 'read' | 'write' | 'delete'>) {
  const started = await ftpSuite()
  const { suite, www, port } = started
  for (const folder of ['own/inner', 'other', 'drop']) await mkdir(path.join(www, folder), { recursive: true })
  await writeFile(path.join(www, 'own/mine.txt'), 'mine')
  await writeFile(path.join(www, 'other/secret.txt'), 'secret')
  await symlink('../other', path.join(www, 'own/folder-link'))
  await symlink('../other/secret.txt', path.join(www, 'own/file-link'))
  await symlink('../own/mine.txt', path.join(www, 'other/link-to-mine'))
  await suite.accounts.add({ name: 'ann', password: 'secret', ...account })
  return { ...started, wire: await openSession(port, loginAs('ann', 'secret')) }
}

/** Longer than a file system allows. */
const LONG_NAME = 'a'.repeat(256)

/** Commands of an account with the folder /own, each with its reply. */
const REFUSED: readonly (readonly [command: string, reply: string])[] = [
  ['RETR /other/secret.txt', '550 This account may not read /other/secret.txt'],
  ['RETR /own/../other/secret.txt', '550 This account may not read /other/secret.txt'],
  ['RETR /own/file-link', '550 This account may not read /other/secret.txt'],
  ['RETR /own/folder-link/secret.txt', '550 This account may not read /other/secret.txt'],
  ['RETR /own/folder-link/missing', '550 This account may not read /other/missing'],
  ['RETR /ownother', '550 This account may not read /ownother'],
  ['SIZE /other/secret.txt', '550 This account may not read /other/secret.txt'],
  // Only in a folder that exists is a name too long, or a link a loop.
  [`SIZE /other/${LONG_NAME}`, `550 This account may not read /other/${LONG_NAME}`],
  [`SIZE /missing/${LONG_NAME}`, `550 This account may not read /missing/${LONG_NAME}`],
  ['SIZE /other/loop/x', '550 This account may not read /other/loop/x'],
  ['MDTM /own/file-link', '550 This account may not read /other/secret.txt'],
  ['MLST /other/secret.txt', '550 This account may not read /other/secret.txt'],
  ['LIST /other', '550 This account may not read /other'],
  ['NLST /own/folder-link', '550 This account may not read /other'],
  ['NLST /other/*', '550 This account may not read /other'],
  ['MLSD /other', '550 This account may not read /other'],
  ['CWD /own/folder-link', '550 This account may not read /other'],
  ['STOR /index.html', '550 This account may not write /index.html'],
  ['STOR /other/secret.txt', '550 This account may not write /other/secret.txt'],
  ['STOR /own/file-link', '550 This account may not write /other/secret.txt'],
  ['APPE /own/file-link', '550 This account may not write /other/secret.txt'],
  ['STOR /own/folder-link/new', '550 This account may not write /other/new'],
  ['DELE /other/link-to-mine', '550 This account may not delete /other/link-to-mine'],
  ['STOR /other/link-to-mine', '550 This account may not write /other/link-to-mine'],
  ['DELE /own/../other/secret.txt', '550 This account may not delete /other/secret.txt'],
  ['RMD /other', '550 This account may not delete /other'],
  ['MKD /new', '550 This account may not write /new'],
  ['MKD /own/folder-link/new', '550 This account may not write /other/new'],
  ['RNFR /other/secret.txt', '550 This account may not delete /other/secret.txt'],
]

test('an account with the folder /own can neither read nor write elsewhere, by any path or link', async () => {
  const { wire, www } = await sessionOf({ read: ['/own'], write: ['/own'] })
  await symlink('loop', path.join(www, 'other/loop'))
  const replies: [string, string][] = []
  for (const [command] of REFUSED) {
    await requestPassivePort(wire)
    replies.push([command, await sendCommand(wire, command)])
    expect(await readFile(path.join(www, 'other/secret.txt'), 'utf8'), command).toBe('secret')
  }
  expect(replies).toEqual(REFUSED)
})

test('an account reads and writes in its folder, to which it can walk from the root', async () => {
  const { wire, read } = await sessionOf({ read: ['/own'], write: ['/own'] })
  expect(await download(wire, 'NLST')).toBe('own\r\n')
  expect(await download(wire, 'NLST /own')).toBe('/own/inner\r\n/own/mine.txt\r\n')
  await wire.play(`
    C: CWD own
    S: 250 "/own"
    C: MKD new
    S: 257 "/own/new"
    C: RNFR mine.txt
    S: 350 *
    C: RNTO new/mine.txt
    S: 250 Renamed
    C: RNFR new/mine.txt
    S: 350 *
    C: RNTO /other/mine.txt
    S: 550 This account may not write /other/mine.txt
  `)
  await upload(wire, 'STOR inner/x', 'content')
  expect(await read('own/inner/x')).toBe('content')
})

test('an account that only writes can upload and rename, and neither list nor read', async () => {
  const { wire, read } = await sessionOf({ read: [], write: ['/drop'] })
  await wire.play(`
    C: CWD drop
    S: 250 "/drop"
  `)
  await upload(wire, 'STOR x.part', 'content')
  await wire.play(`
    C: RNFR x.part
    S: 350 *
    C: RNTO x
    S: 250 Renamed
  `)
  await requestPassivePort(wire)
  expect(await sendCommand(wire, 'RETR x')).toBe('550 This account may not read /drop/x')
  await requestPassivePort(wire)
  expect(await sendCommand(wire, 'LIST')).toBe('550 This account may not read /drop')
  expect(await read('drop/x')).toBe('content')
})

test('a move does not make a file readable', async () => {
  const { wire, names } = await sessionOf({ read: ['/own', '/files/public'], write: ['/'] })
  await wire.play(`
    C: RNFR /other/secret.txt
    S: 350 *
    C: RNTO /own/secret.txt
    S: 550 This account may not read /other/secret.txt
    C: RNFR /other
    S: 350 *
    C: RNTO /files
    S: 550 This account may not read /other
  `)
  expect(await names('other')).toEqual(['link-to-mine', 'secret.txt'])
})

test('an upload that continues a link does not copy a file that the account may not read', async () => {
  const { wire } = await sessionOf({ read: ['/own'], write: ['/'] })
  await requestPassivePort(wire)
  expect(await sendCommand(wire, 'APPE /own/file-link')).toBe('550 This account may not read /other/secret.txt')
})

test('the fact perm has what the account may do with each entry, and with both ends of a link', async () => {
  const { wire, www } = await sessionOf({ read: ['/own', '/other'], write: ['/own', '/drop'] })
  await writeFile(path.join(www, 'drop/x'), 'x')
  await wire.play('C: OPTS MLST perm;\nS: 200 *')
  const permOf = async (name: string) => {
    expect(await sendCommand(wire, `MLST ${name}`)).toMatch(/^250-/)
    const facts = await wire.line()
    await wire.play('S: 250 End')
    return /^ perm=(\w*);/.exec(facts ?? '')?.[1]
  }
  const perms = {
    '/': 'el',
    '/own': 'cdeflmp',
    '/own/inner': 'cdeflmp',
    '/own/mine.txt': 'adfrw',
    '/own/file-link': 'r',
    '/own/folder-link': 'el',
    '/own/folder-link/secret.txt': 'r',
    '/other': 'el',
    '/other/secret.txt': 'r',
    '/other/link-to-mine': 'r',
    '/drop': 'cdefmp',
    '/drop/x': 'adfw',
  }
  for (const [name, perm] of Object.entries(perms)) expect([name, await permOf(name)]).toEqual([name, perm])
  expect(await download(wire, 'MLSD /own')).toBe(
    'perm=r; file-link\r\nperm=el; folder-link\r\nperm=cdeflmp; inner\r\nperm=adfrw; mine.txt\r\n',
  )
  expect(await download(wire, 'MLSD /other')).toBe('perm=r; link-to-mine\r\nperm=r; secret.txt\r\n')
})

test('an account that may not delete stores, replaces and makes directories, and neither removes nor renames', async () => {
  const { wire, read } = await sessionOf({ read: ['/own'], write: ['/own'], delete: ['/own/inner'] })
  await upload(wire, 'STOR /own/mine.txt', 'replaced')
  await upload(wire, 'APPE /own/mine.txt', '!')
  expect(await read('own/mine.txt')).toBe('replaced!')
  await wire.play(`
    C: MKD /own/new
    S: 257 *
    C: RMD /own/new
    S: 550 This account may not delete /own/new
    C: DELE /own/mine.txt
    S: 550 This account may not delete /own/mine.txt
    C: RNFR /own/mine.txt
    S: 550 This account may not delete /own/mine.txt
  `)
  await upload(wire, 'STOR /own/inner/part', 'content')
  await wire.play('C: RNFR /own/inner/part\nS: 350 *\nC: RNTO /own/mine.txt\nS: 250 *')
  expect(await read('own/mine.txt')).toBe('content')
  await upload(wire, 'STOR /own/inner/x', 'x')
  await wire.play('C: DELE /own/inner/x\nS: 250 *\nC: RMD /own/inner\nS: 250 *')
})

test('an account that only deletes removes, and neither stores nor moves', async () => {
  const { wire, names } = await sessionOf({ read: ['/own'], write: [], delete: ['/own'] })
  await requestPassivePort(wire)
  expect(await sendCommand(wire, 'STOR /own/new')).toBe('550 This account may not write /own/new')
  await wire.play(`
    C: RNFR /own/mine.txt
    S: 350 *
    C: RNTO /own/other.txt
    S: 550 This account may not write /own/other.txt
    C: DELE /own/file-link
    S: 550 This account may not delete /other/secret.txt
    C: DELE /own/mine.txt
    S: 250 *
    C: RMD /own/inner
    S: 250 *
  `)
  expect(await names('own')).toEqual(['file-link', 'folder-link'])
})
