/** Changes of times and modes: MFMT, SITE UTIME and SITE CHMOD. */
import { stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { ANONYMOUS_LOGIN, openSession, sendCommand, sharedSuite, upload } from '../sessions.ts'

const suite = sharedSuite()

beforeAll(async () => {
  await symlink('/etc', path.join(suite.www, 'out'))
})

const TIME = 'needs a time such as 20261122170000 (UTC) and a path'

test.each([
  ['MFMT 20200102030405 files/hello.txt', '213 Modify=20200102030405; files/hello.txt'],
  ['MFMT 20200102030405.678 files', '213 Modify=20200102030405; files'],
  ['MFMT 20200102030405', `501 MFMT ${TIME}`],
  ['MFMT 20201302030405 files', `501 MFMT ${TIME}`],
  ['MFMT', `501 MFMT ${TIME}`],
  ['MFMT 20200102030405 missing', '550 No such file or directory'],
  ['MFMT 20200102030405 out/hostname', '550 The path leads out of the served folder'],
  ['SITE', '501 SITE needs a command: the server has CHMOD, UTIME and HELP'],
  ['SITE UMASK 022', '504 Unknown SITE command UMASK: the server has CHMOD, UTIME and HELP'],
  ['SITE my-secret', '504 Unknown SITE command: the server has CHMOD, UTIME and HELP'],
  ['SITE CHMOD', '501 SITE CHMOD needs a mode such as 644 and a path'],
  ['SITE CHMOD 644', '501 SITE CHMOD needs a mode such as 644 and a path'],
  ['SITE CHMOD 4755 files/hello.txt', '501 SITE CHMOD needs a mode such as 644 and a path'],
  ['SITE CHMOD u+x files/hello.txt', '501 SITE CHMOD needs a mode such as 644 and a path'],
  ['SITE CHMOD 044 files/hello.txt', '550 The owner needs r'],
  ['SITE CHMOD 600 files', '550 The owner needs rwx'],
  ['SITE CHMOD 644 missing', '550 No such file or directory'],
  ['SITE CHMOD 777 out', '550 The path leads out of the served folder'],
  ['SITE UTIME 20200102030405', `501 SITE UTIME ${TIME}`],
  ['SITE UTIME yesterday files', `501 SITE UTIME ${TIME}`],
])('%s: %s', async (command, reply) => {
  expect(await sendCommand(await openSession(suite.port), command)).toBe(reply)
})

test.each(['MFMT 20200102030405 files', 'SITE CHMOD 777 files', 'SITE UTIME 20200102030405 files'])(
  'an account that may only read cannot %s',
  async command => {
    const wire = await openSession(suite.port, ANONYMOUS_LOGIN)
    expect(await sendCommand(wire, command)).toBe('550 This account may only read')
  },
)

test('SITE HELP lists the commands of SITE', async () => {
  const wire = await openSession(suite.port)
  await wire.play(`
    C: SITE HELP
    S: 214-The commands of SITE are
    S:  SITE CHMOD <mode> <path>
    S:  SITE UTIME <YYYYMMDDhhmm[ss]> <path>
    S:  SITE HELP
    S: 214 End
  `)
})

test('SITE CHMOD sets the nine bits, of a directory too', async () => {
  const wire = await openSession(suite.port)
  await upload(wire, 'STOR run me.sh', '#!/bin/sh\n')
  await wire.play(`
    C: SITE CHMOD 750 run me.sh
    S: 200 The mode is 750 now
    C: site chmod 0711 files
    S: 200 The mode is 711 now
    C: OPTS MLST unix.mode;
    S: 200 *
    C: MLST run me.sh
    S: 250-*
    S:  unix.mode=0750; /run me.sh
    S: 250 End
  `)
  expect((await stat(path.join(suite.www, 'run me.sh'))).mode & 0o7777).toBe(0o750)
  expect((await stat(path.join(suite.www, 'files'))).mode & 0o7777).toBe(0o711)
})

test('SITE UTIME sets the time, in both forms', async () => {
  const wire = await openSession(suite.port)
  await upload(wire, 'STOR a b', 'x')
  await wire.play(`
    C: SITE UTIME 201901020304 a b
    S: 200 The time is 20190102030400 now
    C: MDTM a b
    S: 213 20190102030400
    C: SITE UTIME a b 20180102030405 20170102030405 20160102030405 UTC
    S: 200 The time is 20170102030405 now
    C: MDTM a b
    S: 213 20170102030405
  `)
})
