import { expect, test } from 'vitest'
import { frame } from '../../../../shared/dns/frames.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { emptyFolder, runInProcess } from '../../../helpers/cli.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { at, response, udpAndTcpServer, udpServer } from '../../../shared/dns/scripted-server.ts'

const ZONE_TEXT = '@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nwww 60 A 127.0.0.1\n'
const TEXT = { port: 0, publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }

/** Runs `fourwire dns ARGS --server SERVER` with a running server. */
async function run(...args: string[]) {
  const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
  const ran = await runInProcess(['dns', ...args, '--server', `127.0.0.1:${dns.port}`], { cwd: await emptyFolder() })
  return { ...ran, port: dns.port }
}

test('prints an answer in the format of dig', async () => {
  const { stdout, stderr, code, port } = await run('www.fourwire.test', 'a', '--tcp')
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

test('prints and explains NXDOMAIN, with exit code 1', async () => {
  const { stdout, stderr, code } = await run('nope.fourwire.test')
  expect(stdout).toContain('status: NXDOMAIN')
  expect(stdout).toContain(';; AUTHORITY SECTION:\nfourwire.test.\t\t5\tIN\tSOA')
  expect(stderr).toContain('NXDOMAIN for nope.fourwire.test: the name does not exist')
  expect(code).toBe(1)
})

test('exits with 0 if the name has no records of that type', async () => {
  const { stdout, code } = await run('www.fourwire.test', 'MX')
  expect(stdout).toContain('status: NOERROR')
  expect(code).toBe(0)
})

test('prints the reply as one JSON document with --json', async () => {
  const { stdout, code } = await run('www.fourwire.test', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    rcode: 'NOERROR',
    flags: ['qr', 'aa', 'rd'],
    answers: [{ name: 'www.fourwire.test', ttl: 60, class: 'IN', type: 'A', data: '127.0.0.1' }],
    transport: 'udp',
  })
  expect(code).toBe(0)
})

test('prints the five steps of the exchange with --trace', async () => {
  const { stderr } = await run('www.fourwire.test', '--trace')
  expect(stderr).toContain('query A www.fourwire.test')
  expect(stderr).toContain('NOERROR www.fourwire.test A 127.0.0.1')
})

test('sends several queries one after another, and prints their total time and size', async () => {
  const { stdout, code } = await run('www.fourwire.test', 'fourwire.test', 'A', 'SOA')
  expect(stdout.match(/^;\S+\t+IN\t\w+$/gm)).toEqual([
    ';www.fourwire.test.\t\tIN\tA',
    ';www.fourwire.test.\t\tIN\tSOA',
    ';fourwire.test.\t\t\tIN\tA',
    ';fourwire.test.\t\t\tIN\tSOA',
  ])
  expect(stdout).toMatch(/\n\n;; 4 queries in \d+ msec, \d+ bytes received\n$/)
  expect(code).toBe(0)
})

test('sends all queries if one fails, and exits with 1', async () => {
  const { stdout, stderr, code } = await run('nope.fourwire.test', 'www.fourwire.test', '--short')
  expect(stdout).toBe('127.0.0.1\n')
  expect(stderr).toBe('fourwire: NXDOMAIN for nope.fourwire.test: the name does not exist\n')
  expect(code).toBe(1)
})

test('prints several replies as one array with --json', async () => {
  const { stdout } = await run('www.fourwire.test', '-t', 'A', '-t', 'AAAA', '--json')
  expect(JSON.parse(stdout)).toMatchObject([{ answers: [{ type: 'A' }] }, { answers: [] }])
})

test('prints only the data with --short, and nothing if there is no data', async () => {
  expect(await run('fourwire.test', 'SOA', '--short')).toMatchObject({
    stdout: 'ns.fourwire.test. host.fourwire.test. 1 2 3 4 5\n',
    code: 0,
  })
  expect(await run('www.fourwire.test', 'MX', '--short')).toMatchObject({ stdout: '', code: 0 })
})

test('accepts the server as a word', async () => {
  const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
  const cwd = await emptyFolder()
  expect((await runInProcess(['dns', `@127.0.0.1:${dns.port}`, 'www.fourwire.test', '--short'], { cwd })).stdout).toBe(
    '127.0.0.1\n',
  )
  expect((await runInProcess(['dns', `@tcp://127.0.0.1:${dns.port}`, 'www.fourwire.test'], { cwd })).stdout).toContain(
    '(TCP)',
  )
})

/** Returns the query that `fourwire dns ARGS` sends. */
async function queryOf(...args: string[]): Promise<Message | undefined> {
  const server = await udpServer(query => [response(query)])
  await runInProcess(['dns', ...args, '--server', at(server.port)], { cwd: await emptyFolder() })
  return server.queries[0]
}

test('sets the fields of the query from flags', async () => {
  const plain = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
  expect(await queryOf('a.test')).toMatchObject({ flags: { rd: true, cd: false }, edns: plain })
  expect(await queryOf('a.test', '--edns', '--recurse')).toMatchObject({ flags: { rd: true }, edns: plain })
  expect(await queryOf('a.test', '--no-recurse', '--cd', '--no-edns')).toMatchObject({
    flags: { rd: false, cd: true },
    edns: undefined,
  })
  expect(await queryOf('a.test', '--dnssec', '--bufsize', '4096', '--edns-version', '1', '--nsid')).toMatchObject({
    edns: { version: 1, udpPayloadSize: 4096, dnssecOk: true, options: [{ code: 3 }] },
  })
  expect(await queryOf('version.bind', '-c', 'CH', '-t', 'TYPE16')).toMatchObject({
    questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }],
  })
  expect(await queryOf('-x', '::1')).toMatchObject({
    questions: [{ name: `1.${'0.'.repeat(31)}ip6.arpa`, type: 'PTR' }],
  })
  expect((await queryOf('abcdefghijklmnopqrstuvwxyz.test', '--mix-case'))?.questions[0]?.name).toMatch(/[A-Z]/)
})

test("sends the server's cookie with the next query with --cookie", async () => {
  const server = await udpServer(query => {
    const [cookie] = query.edns?.options ?? []
    const data = Buffer.concat([Buffer.from(cookie?.data ?? []).subarray(0, 8), Buffer.from('the server')])
    return [
      response(query, { edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [{ code: 10, data }] } }),
    ]
  })
  const args = ['dns', 'a.test', 'b.test', '--cookie', '--server', at(server.port)]
  await runInProcess(args, { cwd: await emptyFolder() })
  const [first, second] = server.queries.map(({ edns }) => Buffer.from(edns?.options[0]?.data ?? []).toString('latin1'))
  expect(first).toHaveLength(8)
  expect(second).toBe(`${first}the server`)
})

test('repeats a query with the cookie after BADCOOKIE, then by TCP', async () => {
  const edns = (query: Message) => {
    const [cookie] = query.edns?.options ?? []
    const data = Buffer.concat([Buffer.from(cookie?.data ?? []).subarray(0, 8), Buffer.from('the server')])
    return { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [{ code: 10, data }] }
  }
  const server = await udpAndTcpServer(
    query => [response(query, { rcode: 'BADCOOKIE', edns: edns(query) })],
    (socket, query) => socket.write(frame(response(query, { edns: edns(query) }))),
  )
  const args = ['dns', 'a.test', '--cookie', '--server', at(server.port)]
  const { stdout, code } = await runInProcess(args, { cwd: await emptyFolder() })
  expect(stdout).toContain('(TCP)')
  expect([code, server.queries.length]).toEqual([0, 2])
})

test('trusts the running suite by the authority in its data folder, with TLS and HTTPS', async () => {
  const dataFolder = await emptyFolder()
  const suite = await suiteFor({ services: ['dns', 'http'], data: dataFolder, tls: true, dns: TEXT })
  const secure = suite.endpoints.filter(({ transport }) => transport === 'tls')
  const portOf = (name: string) => secure.find(({ service }) => service === name)?.port
  const runSecure = async (...args: string[]) =>
    runInProcess(['dns', 'www.fourwire.test', '--short', ...args], { cwd: await emptyFolder() })
  const [tls, https] = [`tls://127.0.0.1:${portOf('dns')}`, `https://127.0.0.1:${portOf('http')}`]
  for (const server of [tls, https]) {
    expect(await runSecure('--server', server, '--data', dataFolder)).toMatchObject({ stdout: '127.0.0.1\n', code: 0 })
    expect(await runSecure('--server', server, '--cacert', suite.tls?.caFile ?? '')).toMatchObject({
      stdout: '127.0.0.1\n',
    })
    expect(await runSecure('--server', server, '--insecure')).toMatchObject({ stdout: '127.0.0.1\n' })
    expect(await runSecure('--server', server)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot verify the certificate of'),
    })
  }
  expect(await runSecure('--server', tls, '--cacert', '/nowhere')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--cacert /nowhere: cannot read'),
  })
})

test('exits with 2 for an unknown type, and names valid types', async () => {
  const { stderr, code } = await runInProcess(['dns', 'www.fourwire.test', '-t', 'NONSENSE'], {
    cwd: await emptyFolder(),
  })
  expect(stderr).toContain('"NONSENSE" is not a record type')
  expect(code).toBe(2)
})

test('exits with 3 if the server is unreachable, and suggests to start it', async () => {
  const { dns, close } = await suiteFor({ services: ['dns'], dns: TEXT })
  await close()
  const { stderr, code } = await runInProcess(['dns', 'a', '--server', `127.0.0.1:${dns.port}`], {
    cwd: await emptyFolder(),
  })
  expect(stderr).toContain(`could not reach 127.0.0.1:${dns.port}: connection refused. Is it running?`)
  expect(code).toBe(3)
})

test('accepts the arguments of dig: -p, @SERVER and +short', async () => {
  const suite = await suiteFor({ services: ['dns'] })
  const args = ['dns', '-p', String(suite.dns.port), '@127.0.0.1', '+short', 'ns.fourwire.test']
  expect(await runInProcess(args, { cwd: await emptyFolder() })).toMatchObject({ code: 0, stdout: '127.0.0.1\n' })
})
