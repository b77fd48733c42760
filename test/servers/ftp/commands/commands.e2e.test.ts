/** The replies of commands, each in a session of its own: syntax, required login, and what the command changes. */
import { expect, test } from 'vitest'
import { Wire } from '../../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, ftpSuite, LOGIN, loginAs, openSession, sendCommand, sharedSuite } from '../sessions.ts'

const suite = sharedSuite()

test.each([
  ['TYPE A', '200 Type is ASCII: lines end with CRLF'],
  ['TYPE A N', '200 Type is ASCII: lines end with CRLF'],
  ['TYPE a n', '200 Type is ASCII: lines end with CRLF'],
  ['TYPE I', '200 Type is image: bytes as they are'],
  ['TYPE L 8', '200 Type is image: bytes as they are'],
  ['TYPE L 7', '504 Only A, A N, I and L 8 are supported'],
  ['TYPE L', '504 Only A, A N, I and L 8 are supported'],
  ['TYPE A T', '504 Only A, A N, I and L 8 are supported'],
  ['TYPE A C', '504 Only A, A N, I and L 8 are supported'],
  ['TYPE E', '504 Only A, A N, I and L 8 are supported'],
  ['TYPE X', '501 Only A, A N, I and L 8 are supported'],
  ['TYPE', '501 TYPE needs A or I'],
  ['MODE S', '200 OK'],
  ['mode s', '200 OK'],
  ['MODE B', '504 Not implemented for that parameter'],
  ['MODE C', '504 Not implemented for that parameter'],
  ['MODE', '501 MODE needs S'],
  ['STRU F', '200 OK'],
  ['STRU R', '504 Not implemented for that parameter'],
  ['STRU P', '504 Not implemented for that parameter'],
  ['STRU', '501 STRU needs F'],
  ['ALLO 100', '202 Not needed here'],
  ['ALLO 100 R 10', '202 Not needed here'],
  ['ALLO', '501 ALLO needs a number of bytes'],
  ['ALLO 999999999999999', '452 No space left'],
  ['ALLO many', '501 ALLO needs a number of bytes'],
  ['ALLO 100 R', '501 ALLO needs a number of bytes'],
  ['ACCT 1', '202 No account is needed'],
  ['SMNT /', '502 SMNT is not implemented'],
  ['CLNT lftp/4.9', '200 Noted'],
  ['CLNT', '501 CLNT needs the name of a program'],
  ['OPTS', '501 No such option; there are HASH, MLST and UTF8'],
  ['OPTS constructor', '501 No such option; there are HASH, MLST and UTF8'],
  ['OPTS UTF8', '200 Names are always in UTF-8'],
  ['opts utf8 on', '200 Names are always in UTF-8'],
  ['OPTS UTF8 OFF', '504 Names are always in UTF-8'],
  ['OPTS UTF8 NLST', '501 Names are always in UTF-8'],
  ['OPTS MLST', '200 MLST OPTS'],
  ['OPTS MLST size', '200 MLST OPTS size;'],
  ['OPTS MLST MODIFY;Type;UNIX.mode;', '200 MLST OPTS type;modify;unix.mode;'],
  ['OPTS MLST nonsense;create;', '200 MLST OPTS'],
  ['OPTS MLST type; size;', '501 OPTS MLST needs facts such as type;size;modify;'],
  ['OPTS HASH', '200 SHA-256'],
  ['OPTS HASH sha-512', '200 SHA-512'],
  ['OPTS HASH MD5', '504 Unknown algorithm; there are CRC32, SHA-1, SHA-256, SHA-512'],
  ['HELP', '214-The commands are'],
  ['HELP SITE', '214 SITE CHMOD <mode> <path> | HELP | UTIME <time> <path>'],
  ['help stor', '214 STOR <file>'],
  ['SYST', '215 UNIX Type: L8'],
  ['CWD ~', '250 "/"'],
  ['CWD ./~', '550 No such file or directory'],
  ['HOST ftp.fourwire.test', '503 HOST comes before USER; REIN starts again'],
])('%s: %s', async (command, reply) => {
  const wire = await openSession(suite.port, ANONYMOUS_LOGIN)
  expect(await sendCommand(wire, command)).toBe(reply)
})

test.each([
  ['HOST ftp.fourwire.test', '220 ftp.fourwire.test is ready'],
  ['HOST FTP.Fourwire.Test.', '220 ftp.fourwire.test is ready'],
  ['HOST fourwire.test', '220 fourwire.test is ready'],
  ['HOST 127.0.0.1', '220 127.0.0.1 is ready'],
  ['HOST localhost', '220 localhost is ready'],
  ['HOST www.fourwire.test', '504 No such site here; there is fourwire.test and ftp.fourwire.test'],
  ['HOST [::1]', '504 No such site here; there is fourwire.test and ftp.fourwire.test'],
  ['HOST two names', '501 HOST needs a host name, an IPv4 address or an IPv6 address in brackets'],
  ['HOST', '501 HOST needs a name'],
  ['CLNT x', '200 Noted'],
  ['NOOP', '200 OK'],
  ['SYST', '215 UNIX Type: L8'],
  ['ACCT x', '202 No account is needed'],
  ['SITE HELP', '214-The commands of SITE are'],
  ['MFMT 20260101000000 files/hello.txt', '530 Log in first, with USER and PASS'],
  ['HASH files/hello.txt', '530 Log in first, with USER and PASS'],
  ['SITE CHMOD 600 files/hello.txt', '530 Log in first, with USER and PASS'],
  ['STAT', '530 Log in first, with USER and PASS'],
])('before the login, %s: %s', async (command, reply) => {
  const wire = await Wire.connect(suite.port)
  await wire.line()
  expect(await sendCommand(wire, command)).toBe(reply)
})

test('ALLO of more than the file quota of the account is refused', async () => {
  const { suite, port } = await ftpSuite()
  await suite.accounts.add({ name: 'ann', password: 'secret', write: ['/'], fileQuota: 1000 })
  const wire = await openSession(port, loginAs('ann', 'secret'))
  await wire.play(`
    C: ALLO 1000
    S: 202 *
    C: ALLO 1001
    S: 552 The file quota of this account is 1000 bytes
  `)
})

test('after USER, HOST is too late', async () => {
  const wire = await Wire.connect(suite.port)
  await wire.play(`
    S: 220 *
    C: HOST ftp.fourwire.test
    S: 220 ftp.fourwire.test is ready
    C: USER alice
    S: 331 *
    C: HOST ftp.fourwire.test
    S: 503 *
    C: PASS wonderland
    S: 230 alice is logged in
  `)
})

test('STAT without a path shows the connection and the parameters of transfers', async () => {
  const wire = await openSession(suite.port, LOGIN)
  await wire.play(`
    C: CWD files
    S: 250 *
    C: TYPE A
    S: 200 *
    C: OPTS HASH CRC32
    S: 200 *
    C: EPSV
    S: 229 *
    C: STAT
    S: 211-Fourwire FTP server
    S:  Connected from 127.0.0.1
    S:  Logged in as alice
    S:  The control connection is in clear, data connections in clear
    S:  Working directory is /files
    S:  TYPE is ascii; STRU is file; MODE is stream
    S:  HASH uses CRC32
    S:  A data connection is set up; it may take 30 seconds to open
    S: 211 End
  `)
})

test('REIN ends the login, and resets what commands have set', async () => {
  const wire = await openSession(suite.port, LOGIN)
  await wire.play(`
    C: CWD files
    S: 250 *
    C: TYPE A
    S: 200 *
    C: OPTS MLST size;
    S: 200 *
    C: OPTS HASH CRC32
    S: 200 *
    C: EPSV ALL
    S: 200 *
    C: EPSV
    S: 229 *
    C: REIN
    S: 220 Ready for another user
    C: PWD
    S: 530 *
    C: HOST ftp.fourwire.test
    S: 220 *
    C: USER bob
    S: 331 *
    C: PASS builder
    S: 230 bob is logged in
    C: STAT
    S: 211-Fourwire FTP server
    S:  Connected from 127.0.0.1
    S:  Logged in as bob
    S:  The control connection is in clear, data connections in clear
    S:  Working directory is /
    S:  TYPE is image; STRU is file; MODE is stream
    S:  HASH uses SHA-256
    S:  A data connection is not set up; it may take 30 seconds to open
    S: 211 End
    C: MLST files
    S: 250-*
    S:  type=dir;* /files
    S: 250 End
    C: PASV
    S: 227 *
  `)
})

test('wrong passwords still count after REIN', async () => {
  const wire = await Wire.connect(suite.port)
  await wire.line()
  const attempt = 'C: USER nosuch\nS: 331 *\nC: PASS wrong\nS: 530 *\nC: REIN\nS: 220 *\n'
  await wire.play(attempt + attempt)
  await wire.play('C: USER nosuch\nS: 331 *\nC: PASS wrong\nS: 530 *\nS: 421 *\nS: (closed)')
})
