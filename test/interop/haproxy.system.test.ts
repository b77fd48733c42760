/** The servers behind a real HAProxy, which sends the PROXY protocol, and curl as a balancer of its own. */
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import type { Suite } from '../../shared/launcher/index.ts'
import { createLog } from '../../shared/log.ts'
import { emptyFolder } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { suiteFor } from '../helpers/suite.ts'
import { startDaemon, until } from './daemons.ts'
import { requireTool, runTool, type Tool, type ToolResult } from './tools.ts'

/** The balancer of these tests has an address of its own, so that the servers cannot mistake it for a client. */
const BALANCER = '127.0.0.9'
const CLIENT = '127.0.0.5'

interface Listen {
  readonly name: string
  readonly port: number
  readonly target: number
}

/** Accepts on 127.0.0.1, where the clients connect, and connects from `BALANCER`. */
function configuration(listens: readonly Listen[], option: string): string {
  const sections = listens.map(
    ({ name, port, target }) => `
listen ${name}
  bind 127.0.0.1:${port}
  server fourwire 127.0.0.1:${target} source ${BALANCER} ${option} check inter 200`,
  )
  return `
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
${sections.join('\n')}
`
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise<boolean>(resolve => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}

/** Starts a suite and HAProxy in front of it. */
async function start(option: string, context: TestContext) {
  requireTool('haproxy', context)
  const logged: string[] = []
  const log = await createLog('info', { write: line => logged.push(line) })
  const services = ['hello', 'http', 'ftp', 'smtp'] as const
  const suite = await suiteFor({ services, proxyFrom: [BALANCER], tls: true, log })
  const https = suite.http.endpoints.find(({ scheme }) => scheme === 'https')?.port ?? 0
  const targets = { ...Object.fromEntries(services.map(name => [name, suite[name].port])), https }
  const listens: Listen[] = []
  for (const [name, target] of Object.entries(targets)) listens.push({ name, port: await freePort(), target })
  const folder = await emptyFolder()
  const file = path.join(folder, 'haproxy.cfg')
  await writeFile(file, configuration(listens, option))
  const daemon = startDaemon('haproxy', ['-db', '-f', file], folder)
  for (const { port } of listens) await until(() => accepts(port), daemon.output)
  const port = (name: string) => listens.find(listen => listen.name === name)?.port ?? 0
  return { suite, port, logged: () => logged.map(line => JSON.parse(line) as Record<string, unknown>) }
}

type Balanced = Awaited<ReturnType<typeof start>>

async function succeed(tool: Tool, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr }: ToolResult = await runTool(tool, args)
  expect(code, `standard error: ${stderr}`).toBe(0)
  return stdout
}

const fromClient = ['-sS', '--interface', CLIENT]
const PYTHON_HELLO = `
import socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), source_address=('${CLIENT}', 0))
s.send(b'Hello from client')
print(s.recv(1024).decode())
`

/** The servers' mail, with the Received field of the server. */
async function onlyMessage({ mail }: Suite): Promise<string> {
  const [message] = await mail.list()
  return Buffer.from((await mail.raw(message?.id ?? '')) ?? []).toString()
}

interface Row {
  readonly title: string
  readonly tool: Tool
  check(balanced: Balanced): Promise<void>
}

const ROWS: readonly Row[] = [
  {
    title: 'HTTP',
    tool: 'curl',
    check: async ({ port }) => {
      const urls = ['a', 'b'].map(query => `http://127.0.0.1:${port('http')}/files/hello.txt?${query}`)
      expect(await succeed('curl', [...fromClient, ...urls])).toBe('Hello from Fourwire.\n'.repeat(2))
    },
  },
  {
    title: 'HTTPS, HTTP/1.1 and HTTP/2',
    tool: 'curl',
    check: async ({ port, suite }) => {
      const ca = path.join(suite.dataFolder, 'tls/ca.pem')
      for (const version of ['--http1.1', '--http2']) {
        const url = `https://127.0.0.1:${port('https')}/files/hello.txt`
        expect(await succeed('curl', [...fromClient, version, '--cacert', ca, url])).toBe('Hello from Fourwire.\n')
      }
    },
  },
  {
    title: 'SMTP',
    tool: 'swaks',
    check: async ({ port, suite }) => {
      const server = ['--server', '127.0.0.1', '--port', String(port('smtp'))]
      await succeed('swaks', [...server, '--local-interface', CLIENT, '--to', 'bob@fourwire.test', '--tls'])
      expect(await onlyMessage(suite as unknown as Suite)).toMatch(new RegExp(`^Received: from .*\\[${CLIENT}\\]`))
    },
  },
  {
    title: 'FTP, passive with EPSV and PASV, and active',
    tool: 'curl',
    check: async ({ port, logged }) => {
      const url = `ftp://127.0.0.1:${port('ftp')}/files/hello.txt`
      for (const mode of [[], ['--disable-epsv'], ['-P', '-'], ['-P', '-', '--disable-eprt']]) {
        expect(await succeed('curl', [...fromClient, ...mode, url])).toBe('Hello from Fourwire.\n')
      }
      const client = expect.stringMatching(new RegExp(`^${CLIENT}:`))
      expect(logged()).toContainEqual(expect.objectContaining({ client, msg: 'ftp: connected' }))
    },
  },
  {
    title: 'hello',
    tool: 'python3',
    check: async ({ port, logged }) => {
      expect(await succeed('python3', ['-c', PYTHON_HELLO, String(port('hello'))])).toBe('Hello from server\n')
      const client = expect.stringMatching(new RegExp(`^${CLIENT}:`))
      expect(logged()).toContainEqual(expect.objectContaining({ client, msg: 'hello: received' }))
    },
  },
]

const CASES = ['send-proxy', 'send-proxy-v2'].flatMap(option => ROWS.map(row => ({ option, ...row })))

test.for(CASES)('HAProxy with $option: $title', async ({ option, tool, check }, context) => {
  requireTool(tool, context)
  await check(await start(option, context))
})

test('without send-proxy, HAProxy gets no answer, and the log has the reason', async context => {
  requireTool('curl', context)
  const { port, logged } = await start('', context)
  const { code, stdout } = await runTool('curl', [...fromClient, `http://127.0.0.1:${port('http')}/`])
  expect([code, stdout]).toEqual([52, ''])
  const msg = expect.stringMatching(/^http: closed a connection without a PROXY protocol header: it does not begin/)
  expect(logged().filter(({ level }) => level === 40)).toEqual([expect.objectContaining({ msg })])
})

test('curl --haproxy-protocol, from a named address and from another', async context => {
  requireTool('curl', context)
  const { http } = await suiteFor({ services: ['http'], proxyFrom: [CLIENT] })
  const args = ['-sS', '--haproxy-protocol', `${http.url}files/hello.txt`]
  expect(await succeed('curl', [...args, '--interface', CLIENT])).toBe('Hello from Fourwire.\n')
  const refused = await runTool('curl', [...args, '-o', '/dev/null', '-w', '%{http_code}'])
  expect(refused.stdout).toBe('400')
})
