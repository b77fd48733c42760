/** Paths and names of every kind: wildcards, flags of `ls`, spaces, quotes, dashes, and lengths. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Wire } from '../../../helpers/wire.ts'
import { download, LOGIN, openSession, sendCommand, sharedSuite, upload } from '../sessions.ts'

const suite = sharedSuite()

beforeAll(async () => {
  const folder = path.join(suite.www, 'names')
  for (const name of ['empty', 'a folder', '-l']) await mkdir(path.join(folder, name), { recursive: true })
  for (const name of ['a.txt', 'b.txt', 'c.md', 'a folder/in it.txt', '-l/inside', '-dash.txt', 'a*b', '[x]']) {
    await writeFile(path.join(folder, name), name)
  }
})

async function openNames(): Promise<Wire> {
  return openSession(suite.port, `${LOGIN}C: CWD names\nS: 250 "/names"`)
}

/** The names that LIST and STAT show after the time of each line. */
function listedNames(listing: string): string[] {
  return Array.from(
    listing.matchAll(/^ ?[-d]r\S+ +1 ftp +ftp +\d+ \w+ [ \d]\d (?:\d\d:\d\d| \d{4}) (.*?)\r?$/gm),
    ([, name = '']) => name,
  )
}

const nlstNames = (listing: string) => listing.split('\r\n').slice(0, -1)

async function statNames(wire: Wire, argument: string): Promise<string[]> {
  expect(await sendCommand(wire, `STAT ${argument}`)).toMatch(/^213-/)
  const lines: string[] = []
  for (let line = await wire.line(); line?.startsWith(' '); line = await wire.line()) lines.push(line)
  return listedNames(lines.join('\n'))
}

const ALL = ['-dash.txt', '-l', '[x]', 'a folder', 'a*b', 'a.txt', 'b.txt', 'c.md', 'empty']

test.each<[argument: string, names: string[], prefix?: string]>([
  ['.', ALL, './'],
  ['-a', ALL],
  ['-la .', ALL, './'],
  ['*', ALL],
  ['*.txt', ['-dash.txt', 'a.txt', 'b.txt']],
  ['?.txt', ['a.txt', 'b.txt']],
  ['../names/*.md', ['c.md'], '../names/'],
  ['a*b', ['a*b']],
  ['[x]', ['[x]']],
  ['nothing*', []],
  ['empty', [], 'empty/'],
  ['a folder', ['in it.txt'], 'a folder/'],
  ['-a -l a folder', ['in it.txt'], 'a folder/'],
  ['-al a folder/*it*', ['in it.txt'], 'a folder/'],
  ['-a -l a folder/in it.txt', ['in it.txt'], 'a folder/'],
  ['-dash.txt', ['-dash.txt']],
  ['-l', ALL],
  ['./-l', ['inside'], './-l/'],
  ['-- -l', ['inside'], '-l/'],
  ['-a -- -l', ['inside'], '-l/'],
])('LIST, NLST and STAT %s', async (argument, names, prefix = '') => {
  const wire = await openNames()
  expect(listedNames(await download(wire, `LIST ${argument}`))).toEqual(names)
  expect(nlstNames(await download(wire, `NLST ${argument}`))).toEqual(names.map(name => prefix + name))
  // Without a path, STAT is about the session.
  if (!/^(-\w+ ?)*$/.test(argument)) expect(await statNames(wire, argument)).toEqual(names)
})

test.each(['[a-c].txt', 'missing', 'empty/missing', 'missing/*', 'a.txt/*'])(
  'LIST, NLST and STAT %s reply 550',
  async argument => {
    const wire = await openNames()
    for (const verb of ['LIST', 'NLST', 'STAT']) {
      expect(await sendCommand(wire, `${verb} ${argument}`), verb).toMatch(/^550 /)
    }
  },
)

test('MLSD and MLST take names literally (RFC 3659, section 7.1)', async () => {
  const wire = await openNames()
  await wire.play(`
    C: MLSD *
    S: 550 No such file or directory
    C: MLST a*b
    S: 250-*
    S:  type=file;* /names/a*b
    S: 250 End
    C: MLST -dash.txt
    S: 250-*
    S:  type=file;* /names/-dash.txt
    S: 250 End
    C: MLST a ?older
    S: 550 No such file or directory
  `)
  expect(await download(wire, 'MLSD -l')).toMatch(/^type=file;\S+ inside\r\n$/)
})

test.each([
  ['"', '"'],
  ['a "quoted" name', 'a "quoted" name'],
  ['""', '""'],
  ['100%', '100%'],
  ['%s %d', '%s %d'],
  ['back\\slash', 'back\\slash'],
  ["it's", "it's"],
  ['-rf', '-rf'],
  [' leading', ' leading'],
])('MKD, CWD and PWD of %j: quotes are doubled', async (name, shown) => {
  const wire = await openSession(suite.port)
  const quoted = `"/${shown.replaceAll('"', '""')}"`
  await wire.play(`
    C: MKD ${name}
    S: 257 ${quoted.replaceAll('*', '\\*')}
    C: CWD ${name}
    S: 250 ${quoted}
    C: PWD
    S: 257 ${quoted}
    C: CDUP
    S: 250 "/"
    C: RMD ${name}
    S: 250 Removed
  `)
})

test('names that begin with a dash are names to the commands on files', async () => {
  const wire = await openSession(suite.port)
  await upload(wire, 'STOR -a', 'x')
  expect(await download(wire, 'RETR -a')).toBe('x')
  await wire.play(`
    C: SIZE -a
    S: 213 1
    C: RNFR -a
    S: 350 *
    C: RNTO -b
    S: 250 Renamed
    C: DELE -b
    S: 250 Removed
  `)
})

test('names and paths that are too long are refused, and those up to the limit are not', async () => {
  const wire = await openSession(suite.port)
  const [longest, tooLong] = ['n'.repeat(255), 'n'.repeat(256)]
  expect(await sendCommand(wire, `MKD ${longest}`)).toBe(`257 "/${longest}"`)
  for (const command of ['MKD', 'SIZE', 'RNFR', 'CWD', 'DELE']) {
    expect(await sendCommand(wire, `${command} ${tooLong}`), command).toMatch(/^55[03] That name is too long$/)
  }
  const deep = 'd/'.repeat(2040)
  expect(await sendCommand(wire, `CWD ${deep}`)).toMatch(/^55[03] /)
  expect(await sendCommand(wire, `CWD ${'./'.repeat(1900)}${longest}`)).toBe(`250 "/${longest}"`)
  await wire.play(`C: CDUP\nS: 250 "/"\nC: RMD ${longest}\nS: 250 Removed`)
})

test('the working directory stays when it was removed, and cannot be listed', async () => {
  const wire = await openSession(suite.port)
  await wire.play(`
    C: MKD gone
    S: 257 *
    C: CWD gone
    S: 250 *
    C: RMD /gone
    S: 250 Removed
    C: PWD
    S: 257 "/gone"
    C: NLST
    S: 550 No such file or directory
    C: CWD ..
    S: 250 "/"
  `)
})
