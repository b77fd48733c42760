/** FTP clients of other projects over TLS; they verify the certificate with the suite's authority. */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { emptyFolder } from '../helpers/cli.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { requireTool, runTool, type Tool } from './tools.ts'

interface Server {
  readonly port: number
  readonly tlsPort: number
  readonly www: string
  readonly ca: string
}

/** `strict` requires TLS, and data connections that resume the session of their control connection. */
const suites: Suite<'ftp'>[] = []
let normal: Server
let strict: Server

async function start(options: { tls: 'required'; requireSessionReuse: true } | undefined): Promise<Server> {
  const suite = await startSuite({
    services: ['ftp'],
    tls: true,
    passwordCost: LOWEST_COST,
    ...(options && { ftp: options }),
  })
  suites.push(suite)
  return {
    port: suite.ftp.port,
    tlsPort: suite.endpoints.find(({ transport }) => transport === 'tls')?.port ?? 0,
    www: path.join(suite.dataFolder, 'www'),
    ca: path.join(suite.dataFolder, 'tls/ca.pem'),
  }
}

beforeAll(async () => {
  normal = await start(undefined)
  strict = await start({ tls: 'required', requireSessionReuse: true })
})
afterAll(() => Promise.all(suites.map(suite => suite.close())))

const CONTENT = randomBytes(5_000_000)
const VERSIONS = ['1.2', '1.3'] as const

async function run(tool: Tool, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await runTool(tool, args, { cwd })
  expect(code, `standard error: ${stderr}\n${stdout}`).toBe(0)
  return stdout
}

const servers = [
  ['normal', () => normal],
  ['strict', () => strict],
] as const
const rows = servers.flatMap(([name, server]) => VERSIONS.map(version => [name, version, server] as const))

test.for(rows)(
  'curl: explicit and implicit TLS, up, down and lists (%s server, TLS %s)',
  async ([, version, server], context) => {
    requireTool('curl', context)
    const { port, tlsPort, ca, www } = server()
    const cwd = await emptyFolder()
    await writeFile(path.join(cwd, 'up'), CONTENT)
    const tls = ['-sS', '--cacert', ca, `--tlsv${version}`, '--tls-max', version, '-u', 'alice:wonderland']
    const ways = [
      ['explicit', [...tls, '--ssl-reqd'], `ftp://127.0.0.1:${port}`],
      ['implicit', tls, `ftps://127.0.0.1:${tlsPort}`],
    ] as const
    for (const [name, flags, url] of ways) {
      await run('curl', [...flags, '-T', 'up', `${url}/${name}${version}`], cwd)
      expect((await readFile(path.join(www, `${name}${version}`))).equals(CONTENT)).toBe(true)
      await run('curl', [...flags, '-o', 'down', `${url}/${name}${version}`], cwd)
      expect((await readFile(path.join(cwd, 'down'))).equals(CONTENT)).toBe(true)
      expect(await run('curl', [...flags, '-l', `${url}/files/`], cwd)).toMatch(/^hello\.txt\r?\nnumbers\.txt\r?\n$/)
      // Several transfers in one session.
      expect(await run('curl', [...flags, `${url}/files/hello.txt`, `${url}/files/hello.txt`], cwd)).toBe(
        'Hello from Fourwire.\n'.repeat(2),
      )
    }
  },
)

test('curl: a login in clear is refused if TLS is required', async context => {
  requireTool('curl', context)
  const cwd = await emptyFolder()
  const url = `ftp://127.0.0.1:${strict.port}/files/hello.txt`
  expect((await runTool('curl', ['-sS', url], { cwd })).code).toBe(67)
})

const PYTHON = `
import ftplib, io, ssl, sys
port, ca, version, reuse = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == 'reuse'
context = ssl.create_default_context(cafile=ca)
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
class Client(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        session = self.sock.session if reuse else None
        return self.context.wrap_socket(conn, server_hostname=self.host, session=session), size
ftp = Client(context=context, timeout=10)
ftp.connect('127.0.0.1', port)
ftp.login('alice', 'wonderland')
ftp.prot_p()
content = bytes(range(256)) * 5000
`
const TRANSFERS = `
for count in range(3):
    assert ftp.storbinary('STOR python', io.BytesIO(content)) == '226 Transfer complete'
got = []
ftp.retrbinary('RETR python', got.append)
assert b''.join(got) == content
assert ftp.nlst('files') == ['files/hello.txt', 'files/numbers.txt']
ftp.set_pasv(False)
assert ftp.nlst('files') == ['files/hello.txt', 'files/numbers.txt']
try: ftp.ccc(); assert False
except ftplib.error_perm as error: assert str(error).startswith('534'), error
print(ftp.quit())
`
const REFUSED = `
try: ftp.nlst(); assert False
except ftplib.error_perm as error: assert str(error).startswith('522'), error
print(ftp.quit())
`

test.for([
  ['without resuming sessions', 'normal', 'new', TRANSFERS],
  ['resuming sessions', 'normal', 'reuse', TRANSFERS],
  ['resuming sessions', 'strict', 'reuse', TRANSFERS],
  ['without resuming sessions, which is refused', 'strict', 'new', REFUSED],
] as const)('python3: FTP_TLS %s (%s server)', async ([, name, reuse, script], context) => {
  requireTool('python3', context)
  const { port, ca } = name === 'normal' ? normal : strict
  const cwd = await emptyFolder()
  for (const version of ['TLSv1_2', 'TLSv1_3']) {
    const args = ['-c', `${PYTHON}${script}`, String(port), ca, version, reuse]
    expect(await run('python3', args, cwd)).toBe('221 Goodbye\n')
  }
})

test.for(servers)('lftp: mirrors both ways over TLS (%s server)', async ([, server], context) => {
  requireTool('lftp', context)
  const { port, tlsPort, ca, www } = server()
  const cwd = await emptyFolder()
  const settings = `set net:max-retries 1; set net:timeout 5; set cmd:fail-exit yes; set ssl:ca-file ${ca};`
  const force = 'set ftp:ssl-force yes; set ftp:ssl-protect-data yes;'
  const login = '-u alice,wonderland'
  await run(
    'lftp',
    ['-c', `${settings} ${force} open ${login} -p ${port} 127.0.0.1; mirror files down; mirror -R down lftp`],
    cwd,
  )
  expect(await readFile(path.join(www, 'lftp/hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
  await run('lftp', ['-c', `${settings} open ${login} ftps://127.0.0.1:${tlsPort}; mirror files implicit`], cwd)
  expect(await readFile(path.join(cwd, 'implicit/hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
})
