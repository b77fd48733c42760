/** Runs `fourwire dns check FILE` as a user does. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, symlink, truncate, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readInput } from '../../../../servers/dns/check/read-input.ts'
import { SAMPLE_ZONE, SAMPLE_ZONE_FILE } from '../../../../servers/dns/master-file/sample-zone.ts'
import { emptyFolder, FOURWIRE, runInProcess } from '../../../helpers/cli.ts'

const APEX = '$TTL 60\n@ SOA ns host 7 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\n'

/** Writes the files to an empty folder and checks the first one. */
async function check(files: Readonly<Record<string, string>>, ...flags: string[]) {
  const cwd = await emptyFolder()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(cwd, name)), { recursive: true })
    await writeFile(path.join(cwd, name), text)
  }
  return runInProcess(['dns', 'check', ...flags, Object.keys(files)[0] ?? ''], { cwd })
}

test('prints the name, size and serial of a valid zone', async () => {
  expect(await check({ 'good.test.zone': APEX })).toEqual({
    code: 0,
    stdout: 'zone good.test: 3 records, serial 7: OK\n',
    stderr: '',
  })
})

test('accepts the sample zone of a new data folder', async () => {
  const { code, stdout } = await check({ [SAMPLE_ZONE_FILE]: SAMPLE_ZONE })
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^zone fourwire\.test: \d+ records, serial 1: OK\n$/),
  })
})

test('prints all errors and warnings with file, line, reason and text, and exits with 1', async () => {
  const text = `${APEX}bad A 1.2.3
a CNAME b
a A 127.0.0.1
mail MX 10 a
more MX 10 none
other. A 127.0.0.1
sub NS ns.sub
old DNAME new
x.old TXT hidden
`
  expect(await check({ 'bad.test.zone': text })).toEqual({
    code: 1,
    stdout: [
      'bad.test.zone:5: "1.2.3" is not an IPv4 address, in: bad A 1.2.3',
      'bad.test.zone:7: a.bad.test. has a CNAME record, so it can have no other data (A), in: a A 127.0.0.1',
      'bad.test.zone:10: other. is not in the zone bad.test., in: other. A 127.0.0.1',
      'bad.test.zone:8: the host of the MX, a.bad.test., is an alias (CNAME), which is not allowed, in: mail MX 10 a',
      'bad.test.zone:11: the name server ns.sub.bad.test. of sub.bad.test. has no glue (A or AAAA), in: sub NS ns.sub',
      'bad.test.zone:9: warning: the host of the MX, none.bad.test., has no address (A or AAAA), in: more MX 10 none',
      'bad.test.zone:13: warning: x.old.bad.test. is below the DNAME of old.bad.test., so no query can reach its TXT, in: x.old TXT hidden',
      '',
    ].join('\n'),
    stderr: 'fourwire: bad.test.zone: 5 errors: the zone would not be served\n',
  })
})

test('prints one JSON document with --json, for valid and invalid zones', async () => {
  const { code, stdout } = await check({ 'bad.test.zone': `${APEX}bad A 1.2.3\n` }, '--json')
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toEqual({
    file: 'bad.test.zone',
    zone: 'bad.test',
    ok: false,
    serial: 7,
    records: 3,
    errors: [{ file: 'bad.test.zone', line: 5, text: 'bad A 1.2.3', reason: '"1.2.3" is not an IPv4 address' }],
    warnings: [],
  })
  expect(JSON.parse((await check({ 'good.test.zone': APEX }, '--json')).stdout)).toMatchObject({ ok: true, records: 3 })
})

test('prints at most twenty errors', async () => {
  const { stdout } = await check({ 'bad.test.zone': `${APEX}${'x A 1.2.3\n'.repeat(50)}` })
  expect(stdout.trimEnd().split('\n').length).toBe(20)
})

describe('the name of the zone', () => {
  test('is the owner of the SOA if the file is not named NAME.zone', async () => {
    expect((await check({ 'db.txt': `$ORIGIN named.test.\n${APEX}` })).stdout).toMatch(/^zone named\.test: /)
  })

  test('can be given with --origin', async () => {
    expect((await check({ 'x.zone': APEX }, '--origin', 'given.test.')).stdout).toMatch(/^zone given\.test: /)
  })

  test.each([
    [
      { 'db.txt': APEX },
      [],
      /db\.txt: the zone's name is unknown\. Give it with --origin NAME, or name the file NAME\.zone/,
    ],
    [{ 'a..b.zone': APEX }, [], /a\.\.b is not a valid zone name: .*empty label/],
    [{ 'x.zone': APEX }, ['--origin', 'a..b'], /a\.\.b is not a valid zone name/],
  ])('must be valid and known: %j', async (files, flags, message) => {
    const { code, stderr } = await check(files, ...flags)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) })
  })
})

test('has no flags for servers, since it queries none', async () => {
  const { stdout } = await runInProcess(['dns', 'check', '--help'], { cwd: await emptyFolder() })
  expect(stdout.match(/--[a-z]+/g)).toEqual(['--origin', '--json', '--help'])
})

test('a missing file is a usage error', async () => {
  const { code, stderr } = await runInProcess(['dns', 'check', 'none.zone'], { cwd: await emptyFolder() })
  expect({ code, stderr }).toEqual({ code: 2, stderr: 'fourwire: none.zone: cannot read the file (ENOENT)\n' })
})

describe.skipIf(process.platform === 'win32')('does not read', () => {
  test.each(['/dev/zero', '/dev'])('%s, which is not a regular file', async file => {
    const { code, stderr } = await runInProcess(['dns', 'check', file], { cwd: await emptyFolder() })
    expect({ code, stderr }).toEqual({ code: 2, stderr: `fourwire: ${file}: not a regular file\n` })
  })

  test('a file that is too long', async () => {
    const cwd = await emptyFolder()
    await writeFile(path.join(cwd, 'long.zone'), '')
    await truncate(path.join(cwd, 'long.zone'), 256 * 1024 * 1024 + 1)
    const { code, stderr } = await runInProcess(['dns', 'check', 'long.zone'], { cwd })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'fourwire: long.zone: the file is longer than 268435456 bytes\n',
    })
  })
})

describe.skipIf(process.platform === 'win32')('standard input or a pipe', () => {
  test('that is opened before its writer is checked', async () => {
    const cwd = await emptyFolder()
    await promisify(execFile)('mkfifo', ['pipe'], { cwd })
    const checked = runInProcess(['dns', 'check', 'pipe', '--origin', 'piped.test'], { cwd })
    await writeFile(path.join(cwd, 'pipe'), APEX)
    expect(await checked).toEqual({ code: 0, stdout: 'zone piped.test: 3 records, serial 7: OK\n', stderr: '' })
  })

  test('that fails is an error with its code', async () => {
    const server = createServer(socket => void socket.resetAndDestroy()).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const stdin = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const { signal } = new AbortController()
    await expect(readInput('/dev/stdin', { stdin, signal })).rejects.toMatchObject({
      name: 'ZoneError',
      reason: 'cannot read the input (ECONNRESET)',
    })
  })

  test('whose writer writes nothing does not keep an interrupted command from ending', async () => {
    const cwd = await emptyFolder()
    await promisify(execFile)('mkfifo', ['pipe'], { cwd })
    const [command, ...main] = FOURWIRE
    const child = spawn(command, [...main, 'dns', 'check', 'pipe'], { cwd })
    onTestFinished(() => void child.kill('SIGKILL'))
    // Opens once the command has opened the other end.
    const writer = await open(path.join(cwd, 'pipe'), 'w')
    onTestFinished(() => writer.close())
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([130, null])
  })
})

describe('$INCLUDE', () => {
  test('reads files in and below the folder of the zone, relative to the including file', async () => {
    const files = {
      'main.test.zone': `${APEX}$INCLUDE parts/hosts.txt\n`,
      'parts/hosts.txt': 'www A 127.0.0.2\n$INCLUDE more.txt sub\n',
      'parts/more.txt': 'x A 127.0.0.3\ny A broken\n',
    }
    expect((await check(files)).stdout).toBe('parts/more.txt:2: "broken" is not an IPv4 address, in: y A broken\n')
  })

  test.each([
    ['/etc/passwd', 'cannot be included: it is outside of the zones folder'],
    ['../outside.txt', 'cannot be included: it is outside of the zones folder'],
    ['parts/../../outside.txt', 'cannot be included: it is outside of the zones folder'],
    ['link.txt', 'cannot be included: it is outside of the zones folder'],
    ['none.txt', 'cannot be included: file not found'],
    ['parts', 'cannot be included: it is not a file'],
    ['main.test.zone', '"main.test.zone" includes itself'],
  ])('rejects %s', async (name, reason) => {
    const cwd = await emptyFolder()
    const zones = path.join(cwd, 'zones')
    await mkdir(path.join(zones, 'parts'), { recursive: true })
    await writeFile(path.join(cwd, 'outside.txt'), 'www A 127.0.0.1\n')
    await symlink(path.join(cwd, 'outside.txt'), path.join(zones, 'link.txt'))
    await writeFile(path.join(zones, 'main.test.zone'), `${APEX}$INCLUDE ${name}\n`)
    const { code, stdout } = await runInProcess(['dns', 'check', 'zones/main.test.zone'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toContain(`zones/main.test.zone:5: "${name}" ${reason.replace(`"${name}" `, '')}`)
  })
})
