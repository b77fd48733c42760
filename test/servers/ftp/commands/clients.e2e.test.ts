/** The sequences of commands that FileZilla and WinSCP send. Neither has a command line that a test can run here. */
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Wire } from '../../../helpers/wire.ts'
import { sendCommand, sharedSuite } from '../sessions.ts'

const suite = sharedSuite()

/** Opens the data connection of PASV, which both clients prefer over IPv4. */
async function openPassive(wire: Wire): Promise<Wire> {
  const [, high, low] = /^227 .*\(127,0,0,1,(\d+),(\d+)\)$/.exec(await sendCommand(wire, 'PASV')) ?? []
  return Wire.connect(Number(high) * 256 + Number(low))
}

async function receive(wire: Wire, command: string): Promise<string> {
  const data = await openPassive(wire)
  await wire.play(`C: ${command}\nS: 150 *`)
  const content = await data.readToEnd()
  data.socket.end()
  await wire.play('S: 226 *')
  return content
}

async function send(wire: Wire, command: string, content: string): Promise<void> {
  const data = await openPassive(wire)
  await wire.play(`C: ${command}\nS: 150 *`)
  data.socket.end(content)
  await wire.play('S: 226 *')
}

const FEATURES = `
  C: FEAT
  S: 211-Features
  S:  CLNT
  S:  EPRT
  S:  EPSV
  S:  HASH *
  S:  HOST
  S:  MDTM
  S:  MFMT
  S:  MLST *
  S:  REST STREAM
  S:  SIZE
  S:  TVFS
  S:  UTF8
  S: 211 End
`

const LOGIN = 'C: USER alice\nS: 331 *\nC: PASS wonderland\nS: 230 *\n'

test('FileZilla: connects, lists, uploads, resumes, renames, changes a mode and removes', async () => {
  const wire = await Wire.connect(suite.port)
  await wire.play(`
    S: 220 *
    C: AUTH TLS
    S: 502 *
    C: AUTH SSL
    S: 504 *
    ${LOGIN}
    C: SYST
    S: 215 UNIX Type: L8
    ${FEATURES}
    C: CLNT FileZilla
    S: 200 *
    C: OPTS UTF8 ON
    S: 200 *
    C: OPTS MLST type;size;modify;perm;unix.mode;
    S: 200 MLST OPTS type;size;modify;perm;unix.mode;
    C: PWD
    S: 257 "/"
    C: TYPE I
    S: 200 *
  `)
  expect(await receive(wire, 'MLSD')).toMatch(
    /^type=dir;modify=\d{14};perm=cdeflmp;unix\.mode=0755; files\r\ntype=file;size=\d+;\S+ index\.html\r\n$/,
  )
  await wire.play('C: MKD fz\nS: 257 "/fz"\nC: CWD fz\nS: 250 *\nC: PWD\nS: 257 "/fz"\nC: CWD /fz\nS: 250 *')
  await send(wire, 'STOR page.html', 'first half, ')
  await wire.play(`
    C: MFMT 20260102030405 page.html
    S: 213 Modify=20260102030405; page.html
    C: SIZE page.html
    S: 213 12
    C: REST 12
    S: 350 *
  `)
  await send(wire, 'STOR page.html', 'second half')
  expect(await readFile(path.join(suite.www, 'fz/page.html'), 'utf8')).toBe('first half, second half')
  await wire.play('C: REST 12\nS: 350 *')
  expect(await receive(wire, 'RETR page.html')).toBe('second half')
  await wire.play(`
    C: SITE CHMOD 600 page.html
    S: 200 *
    C: RNFR page.html
    S: 350 *
    C: RNTO /fz/index.html
    S: 250 *
    C: DELE index.html
    S: 250 *
    C: CWD /
    S: 250 *
    C: RMD fz
    S: 250 *
    C: NOOP
    S: 200 *
    C: QUIT
    S: 221 *
    S: (closed)
  `)
})

test('WinSCP: connects, lists, uploads with time and mode, compares a checksum, and looks at one file', async () => {
  const wire = await Wire.connect(suite.port)
  await wire.play(`
    S: 220 *
    ${LOGIN}
    C: SYST
    S: 215 UNIX Type: L8
    ${FEATURES}
    C: OPTS UTF8 ON
    S: 200 *
    C: CLNT WinSCP-release-6.3.5
    S: 200 *
    C: PWD
    S: 257 "/"
    C: CWD /
    S: 250 *
    C: TYPE A
    S: 200 *
  `)
  expect(await receive(wire, 'MLSD')).toContain(' files\r\n')
  expect(await receive(wire, 'LIST -a')).toMatch(/^drwx.* files\r\n/)
  await wire.play('C: TYPE I\nS: 200 *')
  await send(wire, 'STOR /files/a b.txt', 'content')
  await wire.play(`
    C: MFMT 20260102030405 /files/a b.txt
    S: 213 Modify=20260102030405; /files/a b.txt
    C: SITE CHMOD 664 /files/a b.txt
    S: 200 *
    C: OPTS HASH SHA-1
    S: 200 SHA-1
    C: HASH /files/a b.txt
    S: 213 SHA-1 0-7 040f06fd774092478d450774f5ba30c5da78acc8 /files/a b.txt
    C: MLST /files/a b.txt
    S: 250-*
    S:  type=file;size=7;modify=20260102030405;perm=adfrw;*unix.mode=0664; /files/a b.txt
    S: 250 End
    C: MDTM /files/a b.txt
    S: 213 20260102030405
    C: CWD /files/a b.txt
    S: 550 *
    C: DELE /files/a b.txt
    S: 250 *
    C: QUIT
    S: 221 *
    S: (closed)
  `)
  await expect(stat(path.join(suite.www, 'files/a b.txt'))).rejects.toThrow('ENOENT')
})
