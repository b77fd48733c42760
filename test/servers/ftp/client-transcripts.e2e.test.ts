/** The commands that FileZilla and WinSCP send, in their order, as transcripts. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../../shared/launcher/index.ts'
import { afterAllTests } from '../../helpers/cli.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'
import { Wire } from '../../helpers/wire.ts'

const cleanup = afterAllTests()
let suite: Suite<'ftp'>

beforeAll(async () => {
  suite = await startSuite({ services: ['ftp'], tls: true, passwordCost: LOWEST_COST })
  cleanup(() => suite.close())
  await mkdir(served('docs'))
  await writeFile(served('docs/report.txt'), '0123456789')
})

const served = (name: string) => path.join(suite.dataFolder, 'www', name)

/** Reads a reply of several lines; returns the lines between the first and the last. */
async function readLines(wire: Wire, command: string, code: number): Promise<string[]> {
  wire.send(`${command}\r\n`)
  const lines: string[] = []
  for (let line = await wire.line(); line !== undefined && !line.startsWith(`${code} `); line = await wire.line()) {
    lines.push(line)
  }
  return lines.slice(1)
}

/** Both use PASV over IPv4, and begin TLS on the data connection before the reply 150. */
async function openData(wire: Wire): Promise<Wire> {
  wire.send('PASV\r\n')
  const [, high, low] = /^227 .*\(127,0,0,1,(\d+),(\d+)\)/.exec((await wire.line()) ?? '') ?? []
  return Wire.connect(Number(high) * 256 + Number(low))
}

async function download(wire: Wire, ...commands: string[]): Promise<string> {
  const data = await openData(wire)
  const last = commands.pop()
  for (const command of commands) await wire.play(`C: ${command}\nS: 350 *`)
  wire.send(`${last}\r\n`)
  const secure = await data.startTls()
  await wire.play('S: 150 *')
  const content = await secure.readToEnd()
  secure.socket.end()
  await wire.play('S: 226 *')
  return content
}

async function upload(wire: Wire, command: string, content: string): Promise<void> {
  const data = await openData(wire)
  wire.send(`${command}\r\n`)
  const secure = await data.startTls()
  await wire.play('S: 150 *')
  secure.send(content)
  secure.socket.end()
  await wire.play('S: 226 *')
}

async function openSecure(): Promise<Wire> {
  const plain = await Wire.connect(suite.ftp.port)
  await plain.play('S: 220 *\nC: AUTH TLS\nS: 234 *')
  return plain.startTls()
}

const LOGIN = 'C: USER alice\nS: 331 *\nC: PASS wonderland\nS: 230 *'

describe('FileZilla', () => {
  async function open(): Promise<Wire> {
    const wire = await openSecure()
    await wire.play(`${LOGIN}\nC: SYST\nS: 215 UNIX *`)
    const features = await readLines(wire, 'FEAT', 211)
    expect(features.map(line => line.trim())).toEqual(
      expect.arrayContaining(['UTF8', 'CLNT', 'MFMT', 'REST STREAM', 'SIZE', 'MDTM', 'PROT', 'PBSZ', 'EPSV']),
    )
    expect(features.find(line => line.startsWith(' MLST '))).toMatch(/type\*;.*size\*;.*modify\*;/)
    await wire.play(`
      C: CLNT FileZilla
      S: 200 *
      C: OPTS UTF8 ON
      S: 200 *
      C: PBSZ 0
      S: 200 *
      C: PROT P
      S: 200 *
      C: OPTS MLST type;perm;size;modify;unix.mode;unix.owner;unix.group;
      S: 200 *
      C: PWD
      S: 257 "/"*
    `)
    return wire
  }

  test('lists and changes the directory', async () => {
    const wire = await open()
    await wire.play('C: CWD /docs\nS: 250 *\nC: PWD\nS: 257 "/docs"*\nC: TYPE I\nS: 200 *')
    expect(await download(wire, 'MLSD')).toMatch(/^type=cdir;|type=file;.*size=10;.* report\.txt\r\n/m)
    await wire.play('C: NOOP\nS: 200 *\nC: QUIT\nS: 221 *')
  })

  test('downloads, and continues a download', async () => {
    const wire = await open()
    await wire.play(
      'C: CWD /docs\nS: 250 *\nC: TYPE I\nS: 200 *\nC: SIZE report.txt\nS: 213 10\nC: MDTM report.txt\nS: 213 *',
    )
    expect(await download(wire, 'RETR report.txt')).toBe('0123456789')
    expect(await download(wire, 'REST 4', 'RETR report.txt')).toBe('456789')
  })

  test('uploads with the time of the file, continues an upload, and sets permissions', async () => {
    const wire = await open()
    await wire.play('C: TYPE I\nS: 200 *\nC: MKD /filezilla\nS: 257 *\nC: CWD /filezilla\nS: 250 *')
    await upload(wire, 'STOR new.txt', 'first,')
    await wire.play('C: MFMT 20240102030405 new.txt\nS: 213 *\nC: SIZE new.txt\nS: 213 6')
    expect((await stat(served('filezilla/new.txt'))).mtime.toISOString()).toBe('2024-01-02T03:04:05.000Z')
    await upload(wire, 'APPE new.txt', ' second')
    expect(await readFile(served('filezilla/new.txt'), 'utf8')).toBe('first, second')
    await wire.play('C: SITE CHMOD 600 new.txt\nS: 200 *')
    expect((await stat(served('filezilla/new.txt'))).mode & 0o777).toBe(0o600)
    await wire.play(`
      C: RNFR new.txt
      S: 350 *
      C: RNTO old.txt
      S: 250 *
      C: DELE old.txt
      S: 250 *
      C: CWD /
      S: 250 *
      C: RMD filezilla
      S: 250 *
    `)
  })
})

describe('WinSCP', () => {
  async function open(): Promise<Wire> {
    const wire = await openSecure()
    await wire.play(`${LOGIN}\nC: SYST\nS: 215 UNIX *`)
    expect((await readLines(wire, 'FEAT', 211)).find(line => line.startsWith(' HASH '))).toMatch(/SHA-256\*/)
    await wire.play(`
      C: CLNT WinSCP-release-6.3.5
      S: 200 *
      C: OPTS UTF8 ON
      S: 200 *
      C: PBSZ 0
      S: 200 *
      C: PROT P
      S: 200 *
      C: PWD
      S: 257 "/"*
      C: CWD /
      S: 250 *
      C: PWD
      S: 257 "/"*
    `)
    return wire
  }

  test('lists in ASCII type', async () => {
    const wire = await open()
    await wire.play('C: CWD /docs\nS: 250 *\nC: PWD\nS: 257 "/docs"*\nC: TYPE A\nS: 200 *')
    expect(await download(wire, 'MLSD')).toMatch(/size=10;.* report\.txt\r\n/m)
  })

  test('uploads with the time of the file, and compares the hash', async () => {
    const wire = await open()
    await wire.play('C: TYPE I\nS: 200 *')
    await upload(wire, 'STOR winscp.txt', 'hello')
    await wire.play(`
      C: MFMT 20240102030405 winscp.txt
      S: 213 *
      C: OPTS HASH SHA-256
      S: 200 *
      C: HASH winscp.txt
      S: 213 SHA-256 0-5 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 *winscp.txt
      C: MLST winscp.txt
      S: 250-*
      S:  *modify=20240102030405;*
      S: 250 *
      C: DELE winscp.txt
      S: 250 *
      C: QUIT
      S: 221 *
    `)
  })

  test('keeps the session with commands that do nothing, and tries commands that do not exist', async () => {
    const wire = await open()
    await wire.play(
      'C: NOOP\nS: 200 *\nC: PWD\nS: 257 *\nC: TYPE A\nS: 200 *\nC: SITE CPFR a\nS: 504 *\nC: XSHA256 x\nS: 500 *',
    )
  })
})
