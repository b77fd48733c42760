/** Sessions as transcripts. */
import { expect, test } from 'vitest'
import { Wire } from '../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, ftpSuite, openSession, sendCommand, utf8 } from './sessions.ts'

test('a complete session on the wire', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  await wire.play(`
    C: SYST
    S: 215 UNIX Type: L8
    C: FEAT
    S: 211-Features
    S:  CLNT
    S:  EPRT
    S:  EPSV
    S:  HASH CRC32;SHA-1;SHA-256*;SHA-512
    S:  HOST
    S:  MDTM
    S:  MFMT
    S:  MLST type*;size*;modify*;perm*;unique*;unix.mode*;
    S:  REST STREAM
    S:  SIZE
    S:  TVFS
    S:  UTF8
    S: 211 End
    C: PWD
    S: 257 "/"
    C: CWD files
    S: 250 "/files"
    C: CDUP
    S: 250 "/"
    C: TYPE I
    S: 200 *
    C: TYPE A N
    S: 200 *
    C: TYPE E
    S: 504 *
    C: MODE S
    S: 200 OK
    C: MODE B
    S: 504 *
    C: STRU F
    S: 200 OK
    C: STRU R
    S: 504 *
    C: SIZE files/hello.txt
    S: 213 21
    C: MDTM files/hello.txt
    S: 213 20*
    C: MLST files/hello.txt
    S: 250-Facts of /files/hello.txt
    S:  type=file;size=21;modify=20*;perm=r;unique=*;unix.mode=0644; /files/hello.txt
    S: 250 End
    C: OPTS MLST size;nonsense;
    S: 200 MLST OPTS size;
    C: MLST files/hello.txt
    S: 250-*
    S:  size=21; /files/hello.txt
    S: 250 End
    C: OPTS UTF8 ON
    S: 200 *
    C: OPTS UTF8 OFF
    S: 504 *
    C: OPTS NONSENSE
    S: 501 *
    C: ALLO 100
    S: 202 *
    C: STAT
    S: 211-Fourwire FTP server
    S:  Connected from 127.0.0.1
    S:  Logged in as anonymous
    S:  The control connection is in clear, data connections in clear
    S:  Working directory is /
    S:  TYPE is ascii; STRU is file; MODE is stream
    S:  HASH uses SHA-256
    S:  A data connection is not set up; it may take 30 seconds to open
    S: 211 End
    C: STAT files/hello.txt
    S: 213-Status of /files/hello.txt
    S:  -rw-r--r--   1 ftp      ftp            21 * hello.txt
    S: 213 End
    C: HELP
    S: 214-The commands are
    S:  ABOR ACCT ALLO APPE AUTH CCC CDUP CLNT
    S:  CWD DELE EPRT EPSV FEAT HASH HELP HOST
    S:  LIST MDTM MFMT MKD MLSD MLST MODE NLST
    S:  NOOP OPTS PASS PASV PBSZ PORT PROT PWD
    S:  QUIT REIN REST RETR RMD RNFR RNTO SITE
    S:  SIZE STAT STOR STOU STRU SYST TYPE USER
    S:  XCUP XCWD XMKD XPWD XRMD
    S: 214 HELP <command> shows what follows it
    C: HELP retr
    S: 214 RETR <file>
    C: HELP NONSENSE
    S: 501 No such command
    C: noop
    S: 200 OK
    C: ABOR
    S: 226 *
    C: QUIT
    S: 221 Goodbye
    S: (closed)
  `)
})

test('creates, enters, renames and removes a directory', async () => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  await wire.play(`
    C: MKD a "new" one
    S: 257 "/a ""new"" one"
    C: CWD a "new" one
    S: 250 "/a ""new"" one"
    C: PWD
    S: 257 "/a ""new"" one"
    C: CDUP
    S: 250 "/"
    C: MKD a "new" one
    S: 550 It exists already
    C: RNFR a "new" one
    S: 350 *
    C: RNTO files/old
    S: 250 Renamed
    C: RMD files
    S: 550 The directory is not empty
    C: DELE files/old
    S: 550 Is a directory; RMD removes it
    C: RMD files/old
    S: 250 Removed
    C: RMD files/old
    S: 550 No such file or directory
    C: RMD files/hello.txt
    S: 550 Not a directory
    C: DELE files/hello.txt
    S: 250 Removed
    C: RMD /
    S: 550 The root directory cannot be removed
    C: RNFR /
    S: 350 *
    C: RNTO other
    S: 553 The root directory cannot be renamed
  `)
  expect(await names()).toEqual(['files', 'index.html'])
  expect(await names('files')).toEqual(['numbers.txt'])
})

test('RNTO must follow RNFR immediately', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port)
  await wire.play(`
    C: RNTO there
    S: 503 RNFR comes first
    C: RNFR nothing
    S: 550 No such file or directory
    C: RNFR files/hello.txt
    S: 350 *
    C: NOOP
    S: 200 OK
    C: RNTO there
    S: 503 RNFR comes first
    C: RNFR
    S: 501 *
  `)
})

test('names may contain UTF-8, and spaces at their ends', async () => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  for (const name of [' leading', 'trailing ', 'ünï – 日本', '"', '-l']) {
    expect(await sendCommand(wire, utf8(`MKD ${name}`))).toBe(utf8(`257 "/${name.replaceAll('"', '""')}"`))
  }
  expect(await names()).toEqual(expect.arrayContaining([' leading', 'trailing ', 'ünï – 日本', '"', '-l']))
})

test('rejects malformed lines, and the session continues', async () => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port)
  const before = await names()
  await wire.play(`
    C: NONSENSE
    S: 500 Unknown command NONSENSE; HELP lists the commands
    C: MKD a\u0000b
    S: 501 A command cannot hold CR or NUL
    C: MKD a\rb
    S: 501 A command cannot hold CR or NUL
    C: MKD \u00c3\u0028
    S: 501 Not UTF-8 (RFC 2640)
    C: MKD ${'x'.repeat(4096)}
    S: 500 Line longer than 4096 bytes
    C: MKD
    S: 501 MKD needs a name
    C: RETR
    S: 501 A name is required
    C: REST x
    S: 501 *
    C: TYPE
    S: 501 *
    C: SMNT
    S: 502 SMNT is not implemented
    C: NOOP
    S: 200 OK
  `)
  expect(await names()).toEqual(before)
})

test('replies 502 to the commands for TLS', async () => {
  const { port } = await ftpSuite()
  const wire = await Wire.connect(port)
  await wire.play(`
    S: 220 *
    C: AUTH TLS
    S: 502 *
    C: AUTH KERBEROS_V4
    S: 504 *
    C: PBSZ 0
    S: 502 *
    C: PROT P
    S: 502 *
  `)
})
