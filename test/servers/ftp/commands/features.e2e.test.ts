/** FEAT: each line is a feature that works. */
import { expect, test } from 'vitest'
import type { Wire } from '../../../helpers/wire.ts'
import { download, LOGIN, openSession, requestPassivePort, sendCommand, sharedSuite, utf8 } from '../sessions.ts'

const suite = sharedSuite()
const withTls = sharedSuite({ tls: true })

async function features(wire: Wire): Promise<string[]> {
  expect(await sendCommand(wire, 'FEAT')).toBe('211-Features')
  const lines: string[] = []
  for (let line = await wire.line(); line?.startsWith(' '); line = await wire.line()) lines.push(line.slice(1))
  return lines
}

/** For each line of FEAT, an exchange that only a server with the feature plays. */
const USES: Readonly<Record<string, (wire: Wire) => Promise<void>>> = {
  CLNT: wire => wire.play('C: CLNT test\nS: 200 *'),
  EPRT: wire => wire.play('C: EPRT |1|127.0.0.1|40000|\nS: 200 *'),
  EPSV: async wire => expect(await requestPassivePort(wire)).toBeGreaterThan(0),
  'HASH CRC32;SHA-1;SHA-256*;SHA-512': async wire => {
    for (const name of ['CRC32', 'SHA-1', 'SHA-256', 'SHA-512']) {
      await wire.play(
        `C: OPTS HASH ${name}\nS: 200 ${name}\nC: HASH files/hello.txt\nS: 213 ${name} 0-21 *files/hello.txt`,
      )
    }
  },
  HOST: wire => wire.play('C: REIN\nS: 220 *\nC: HOST ftp.fourwire.test\nS: 220 *'),
  MDTM: wire => wire.play('C: MDTM files/hello.txt\nS: 213 20*'),
  MFMT: wire =>
    wire.play(`
      C: MFMT 20200102030405 files/numbers.txt
      S: 213 Modify=20200102030405; files/numbers.txt
      C: MDTM files/numbers.txt
      S: 213 20200102030405
    `),
  'MLST type*;size*;modify*;perm*;unique*;unix.mode*;': async wire => {
    await wire.play(`
      C: MLST files/hello.txt
      S: 250-*
      S:  type=file;size=21;modify=*;perm=adfrw;unique=*;unix.mode=0644; /files/hello.txt
      S: 250 End
    `)
    expect(await download(wire, 'MLSD files')).toContain(' hello.txt\r\n')
  },
  'REST STREAM': async wire => {
    await wire.play('C: REST 6\nS: 350 *')
    expect(await download(wire, 'RETR files/hello.txt')).toBe('from Fourwire.\n')
  },
  SIZE: wire => wire.play('C: SIZE files/hello.txt\nS: 213 21'),
  TVFS: wire => wire.play('C: MKD /files/x\nS: 257 "/files/x"\nC: CWD /files/x/../..\nS: 250 "/"'),
  UTF8: wire => wire.play(utf8('C: OPTS UTF8 ON\nS: 200 *\nC: MKD ü\nS: 257 "/ü"')),
}

/** The features of a server with TLS; before the login. */
const USES_OF_TLS: Readonly<Record<string, (wire: Wire) => Promise<void>>> = {
  'AUTH TLS': async wire => {
    await wire.play('C: AUTH TLS\nS: 234 *')
    await (await wire.startTls()).play(LOGIN.replace(/S: 220.*/, ''))
  },
  PBSZ: async wire => {
    await wire.play('C: AUTH TLS\nS: 234 *')
    await (await wire.startTls()).play('C: PBSZ 0\nS: 200 PBSZ=0')
  },
  PROT: async wire => {
    await wire.play('C: AUTH TLS\nS: 234 *')
    await (await wire.startTls()).play(`
      C: PBSZ 0
      S: 200 *
      C: PROT P
      S: 200 *
      C: USER alice
      S: 331 *
      C: PASS wonderland
      S: 230 *
      C: STAT
      S: 211-Fourwire FTP server
      S:  Connected from 127.0.0.1
      S:  Logged in as alice
      S:  The control connection is in TLS, data connections in TLS
    `)
  },
}

test('every feature has a test', async () => {
  expect(await features(await openSession(suite.port))).toEqual(Object.keys(USES))
  const all = [...Object.keys(USES), ...Object.keys(USES_OF_TLS)].sort()
  expect(await features(await openSession(withTls.port))).toEqual(all)
})

test.each(Object.entries(USES_OF_TLS))('with TLS, the feature %s works', async (_feature, use) => {
  await use(await openSession(withTls.port, 'S: 220 *'))
})

test.each(Object.entries(USES))('the feature %s works', async (_feature, use) => {
  await use(await openSession(suite.port))
})

test('the stars of MLST and HASH follow the settings of the session', async () => {
  const wire = await openSession(suite.port)
  await wire.play('C: OPTS MLST size;\nS: 200 *\nC: OPTS HASH SHA-1\nS: 200 *')
  expect(await features(wire)).toEqual(
    expect.arrayContaining(['MLST type;size*;modify;perm;unique;unix.mode;', 'HASH CRC32;SHA-1*;SHA-256;SHA-512']),
  )
})
