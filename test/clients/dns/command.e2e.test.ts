import { expect, test } from 'vitest'
import { emptyFolder, typed } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'

const ZONE_TEXT = '@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nwww 60 A 127.0.0.1\n'
const TEXT = { port: 0, publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }

/** Runs `fourwire dns ARGS --server` with a server that is up. */
async function ask(...args: string[]) {
  const { dns } = await suiteFor({ services: ['dns'], dns: TEXT })
  const ran = await typed(['dns', ...args, '--server', `127.0.0.1:${dns.port}`], { cwd: await emptyFolder() })
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
fourwire.test.\t60\tIN\tNS\tns.fourwire.test.

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
  expect(stdout).toContain(';; AUTHORITY SECTION:\nfourwire.test.\t5\tIN\tSOA')
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

test('what makes no sense is exit code 2, and says what would', async () => {
  const { stderr, code } = await typed(['dns', 'www.fourwire.test', '-t', 'NONSENSE'], { cwd: await emptyFolder() })
  expect(stderr).toContain('"NONSENSE" is not a type of records')
  expect(code).toBe(2)
})

test('a server that is not there is exit code 3, and says what to start', async () => {
  const { dns, close } = await suiteFor({ services: ['dns'], dns: TEXT })
  await close()
  const { stderr, code } = await typed(['dns', 'a', '--server', `127.0.0.1:${dns.port}`], {
    cwd: await emptyFolder(),
  })
  expect(stderr).toContain(`could not reach 127.0.0.1:${dns.port}: connection refused; is it running?`)
  expect(code).toBe(3)
})
