import { expect, test } from 'vitest'
import { frame } from '../../../shared/dns/frames.ts'
import type { Message } from '../../../shared/dns/message.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { at, bothServers, response, udpServer } from './scripted.ts'

const ZONE_TEXT = '@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nwww 60 A 127.0.0.1\n'
const TEXT = { port: 0, publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }

/** Runs `fourwire dns ARGS --server` with a server that is up. */
async function ask(...args: string[]) {
  const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
  const ran = await runInProcess(['dns', ...args, '--server', `127.0.0.1:${dns.port}`], { cwd: await emptyFolder() })
  return { ...ran, port: dns.port }
}

test('an answer is printed in the order in which dig prints it', async () => {
  const { stdout, stderr, code, port } = await ask('www.fourwire.test', 'a', '--tcp')
  const plain = stdout.replace(/id: \d+/, 'id: 1').replace(/time: \d+/, 'time: 1')
  expect(plain).toBe(
    `;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 1, ADDITIONAL: 1

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232

;; QUESTION SECTION:
;www.fourwire.test.\t\tIN\tA

;; ANSWER SECTION:
www.fourwire.test.\t60\tIN\tA\t127.0.0.1

;; AUTHORITY SECTION:
fourwire.test.\t\t60\tIN\tNS\tns.fourwire.test.

;; Query time: 1 msec
;; SERVER: 127.0.0.1#${port} (TCP)
;; MSG SIZE  rcvd: 79
`,
  )
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
})

test('a name that is not there is printed, explained, and exit code 1', async () => {
  const { stdout, stderr, code } = await ask('nope.fourwire.test')
  expect(stdout).toContain('status: NXDOMAIN')
  expect(stdout).toContain(';; AUTHORITY SECTION:\nfourwire.test.\t\t5\tIN\tSOA')
  expect(stderr).toContain('NXDOMAIN for nope.fourwire.test: there is no such name')
  expect(code).toBe(1)
})

test('a type that is not there is no failure', async () => {
  const { stdout, code } = await ask('www.fourwire.test', 'MX')
  expect(stdout).toContain('status: NOERROR')
  expect(code).toBe(0)
})

test('with --json the reply is one JSON document', async () => {
  const { stdout, code } = await ask('www.fourwire.test', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    rcode: 'NOERROR',
    flags: ['qr', 'aa', 'rd'],
    answers: [{ name: 'www.fourwire.test', ttl: 60, class: 'IN', type: 'A', data: '127.0.0.1' }],
    transport: 'udp',
  })
  expect(code).toBe(0)
})

test('with --trace the five steps of the conversation are shown', async () => {
  const { stderr } = await ask('www.fourwire.test', '--trace')
  expect(stderr).toContain('query A www.fourwire.test')
  expect(stderr).toContain('NOERROR www.fourwire.test A 127.0.0.1')
})

test('several questions are answered one after the other, with what they took together', async () => {
  const { stdout, code } = await ask('www.fourwire.test', 'fourwire.test', 'A', 'SOA')
  expect(stdout.match(/^;\S+\t+IN\t\w+$/gm)).toEqual([
    ';www.fourwire.test.\t\tIN\tA',
    ';www.fourwire.test.\t\tIN\tSOA',
    ';fourwire.test.\t\t\tIN\tA',
    ';fourwire.test.\t\t\tIN\tSOA',
  ])
  expect(stdout).toMatch(/\n\n;; 4 questions in \d+ msec, \d+ bytes received\n$/)
  expect(code).toBe(0)
})

test('several questions of which one fails are all answered; the exit code is 1', async () => {
  const { stdout, stderr, code } = await ask('nope.fourwire.test', 'www.fourwire.test', '--short')
  expect(stdout).toBe('127.0.0.1\n')
  expect(stderr).toBe('fourwire: NXDOMAIN for nope.fourwire.test: there is no such name\n')
  expect(code).toBe(1)
})

test('with --json several replies are one array', async () => {
  const { stdout } = await ask('www.fourwire.test', '-t', 'A', '-t', 'AAAA', '--json')
  expect(JSON.parse(stdout)).toMatchObject([{ answers: [{ type: 'A' }] }, { answers: [] }])
})

test('with --short only the data is printed, and nothing where there is none', async () => {
  expect(await ask('fourwire.test', 'SOA', '--short')).toMatchObject({
    stdout: 'ns.fourwire.test. host.fourwire.test. 1 2 3 4 5\n',
    code: 0,
  })
  expect(await ask('www.fourwire.test', 'MX', '--short')).toMatchObject({ stdout: '', code: 0 })
})

test('the server may be one of the words', async () => {
  const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
  const cwd = await emptyFolder()
  expect((await runInProcess(['dns', `@127.0.0.1:${dns.port}`, 'www.fourwire.test', '--short'], { cwd })).stdout).toBe(
    '127.0.0.1\n',
  )
  expect((await runInProcess(['dns', `@tcp://127.0.0.1:${dns.port}`, 'www.fourwire.test'], { cwd })).stdout).toContain(
    '(TCP)',
  )
})

/** What a server of the test's own was asked, by the flags given. */
async function askedWith(...args: string[]): Promise<Message | undefined> {
  const server = await udpServer(asked => [response(asked)])
  await runInProcess(['dns', ...args, '--server', at(server.port)], { cwd: await emptyFolder() })
  return server.asked[0]
}

test('flags say what is asked, and how', async () => {
  const plain = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
  expect(await askedWith('a.test')).toMatchObject({ flags: { rd: true, cd: false }, edns: plain })
  expect(await askedWith('a.test', '--edns', '--recurse')).toMatchObject({ flags: { rd: true }, edns: plain })
  expect(await askedWith('a.test', '--no-recurse', '--cd', '--no-edns')).toMatchObject({
    flags: { rd: false, cd: true },
    edns: undefined,
  })
  expect(await askedWith('a.test', '--dnssec', '--bufsize', '4096', '--edns-version', '1', '--nsid')).toMatchObject({
    edns: { version: 1, udpPayloadSize: 4096, dnssecOk: true, options: [{ code: 3 }] },
  })
  expect(await askedWith('version.bind', '-c', 'CH', '-t', 'TYPE16')).toMatchObject({
    questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }],
  })
  expect(await askedWith('-x', '::1')).toMatchObject({
    questions: [{ name: `1.${'0.'.repeat(31)}ip6.arpa`, type: 'PTR' }],
  })
  expect((await askedWith('abcdefghijklmnopqrstuvwxyz.test', '--mix-case'))?.questions[0]?.name).toMatch(/[A-Z]/)
})

test('with --cookie the cookie of the server is shown again with the next question', async () => {
  const server = await udpServer(asked => {
    const [cookie] = asked.edns?.options ?? []
    const data = Buffer.concat([Buffer.from(cookie?.data ?? []).subarray(0, 8), Buffer.from('the server')])
    return [
      response(asked, { edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [{ code: 10, data }] } }),
    ]
  })
  const args = ['dns', 'a.test', 'b.test', '--cookie', '--server', at(server.port)]
  await runInProcess(args, { cwd: await emptyFolder() })
  const [first, second] = server.asked.map(({ edns }) => Buffer.from(edns?.options[0]?.data ?? []).toString('latin1'))
  expect(first).toHaveLength(8)
  expect(second).toBe(`${first}the server`)
})

test('a server that wants its cookie first is asked again with it, then by TCP', async () => {
  const edns = (asked: Message) => {
    const [cookie] = asked.edns?.options ?? []
    const data = Buffer.concat([Buffer.from(cookie?.data ?? []).subarray(0, 8), Buffer.from('the server')])
    return { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [{ code: 10, data }] }
  }
  const server = await bothServers(
    asked => [response(asked, { rcode: 'BADCOOKIE', edns: edns(asked) })],
    (socket, asked) => socket.write(frame(response(asked, { edns: edns(asked) }))),
  )
  const args = ['dns', 'a.test', '--cookie', '--server', at(server.port)]
  const { stdout, code } = await runInProcess(args, { cwd: await emptyFolder() })
  expect(stdout).toContain('(TCP)')
  expect([code, server.asked.length]).toEqual([0, 2])
})

test('by TLS and HTTPS the running suite is believed by the authority in its data folder', async () => {
  const dataFolder = await emptyFolder()
  const suite = await suiteFor({ services: ['dns', 'http'], data: dataFolder, tls: true, dns: TEXT })
  const secure = suite.endpoints.filter(({ transport }) => transport === 'tls')
  const portOf = (name: string) => secure.find(({ service }) => service === name)?.port
  const run = async (...args: string[]) =>
    runInProcess(['dns', 'www.fourwire.test', '--short', ...args], { cwd: await emptyFolder() })
  const [tls, https] = [`tls://127.0.0.1:${portOf('dns')}`, `https://127.0.0.1:${portOf('http')}`]
  for (const server of [tls, https]) {
    expect(await run('--server', server, '--data', dataFolder)).toMatchObject({ stdout: '127.0.0.1\n', code: 0 })
    expect(await run('--server', server, '--cacert', suite.tls?.caFile ?? '')).toMatchObject({ stdout: '127.0.0.1\n' })
    expect(await run('--server', server, '--insecure')).toMatchObject({ stdout: '127.0.0.1\n' })
    expect(await run('--server', server)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot verify the certificate of'),
    })
  }
  expect(await run('--server', tls, '--cacert', '/nowhere')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--cacert /nowhere: cannot read'),
  })
})

test('what makes no sense is exit code 2, and says what would', async () => {
  const { stderr, code } = await runInProcess(['dns', 'www.fourwire.test', '-t', 'NONSENSE'], {
    cwd: await emptyFolder(),
  })
  expect(stderr).toContain('"NONSENSE" is not a type of records')
  expect(code).toBe(2)
})

test('a server that is not there is exit code 3, and says what to start', async () => {
  const { dns, close } = await suiteFor({ services: ['dns'], dns: TEXT })
  await close()
  const { stderr, code } = await runInProcess(['dns', 'a', '--server', `127.0.0.1:${dns.port}`], {
    cwd: await emptyFolder(),
  })
  expect(stderr).toContain(`could not reach 127.0.0.1:${dns.port}: connection refused. Is it running?`)
  expect(code).toBe(3)
})

test('arguments typed as for dig work: -p, @SERVER and +short', async () => {
  const suite = await suiteFor({ services: ['dns'] })
  const args = ['dns', '-p', String(suite.dns.port), '@127.0.0.1', '+short', 'ns.fourwire.test']
  expect(await runInProcess(args, { cwd: await emptyFolder() })).toMatchObject({ code: 0, stdout: '127.0.0.1\n' })
})
