/** FTP clients of other projects over TLS. They verify the certificate with the authority of the suite. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { afterAllTests, emptyFolder } from '../helpers/cli.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { requireTool, runTool, type Tool, type ToolResult } from './tools.ts'

interface Setup {
  /** `127.0.0.1:PORT` of explicit TLS. */
  readonly explicit: string
  /** `127.0.0.1:PORT` of implicit TLS. */
  readonly implicit: string
  /** The certificate of the authority. */
  readonly ca: string
  /** A folder of this test alone, which the server serves as `/NAME`. */
  readonly name: string
  readonly served: string
  /** The working folder of the program, which is empty. */
  readonly cwd: string
  run(args: readonly string[], input?: string): Promise<ToolResult>
}

interface Row {
  readonly title: string
  readonly tool: Tool
  check(setup: Setup): Promise<void>
}

const BINARY = randomBytes(3_000_000)
const LOGIN = ['-u', 'alice:wonderland']

const cleanup = afterAllTests()
let suite: Suite<'ftp'>
/** A suite whose data connections must resume the TLS session of the control connection. */
let strict: Suite<'ftp'>

beforeAll(async () => {
  const options = { services: ['ftp'] as ['ftp'], tls: true, passwordCost: LOWEST_COST }
  suite = await startSuite(options)
  strict = await startSuite({ ...options, ftp: { requireSessionReuse: true } })
  cleanup(async () => {
    await Promise.all([suite.close(), strict.close()])
  })
})

async function expectSuccess(result: Promise<ToolResult>): Promise<string> {
  const { code, stdout, stderr } = await result
  expect(code, `standard error: ${stderr}`).toBe(0)
  return stdout
}

const curlModes = ['explicit', 'implicit'] as const
const urlOf = ({ explicit, implicit, name }: Setup, mode: (typeof curlModes)[number]) =>
  mode === 'explicit' ? `ftp://${explicit}/${name}` : `ftps://${implicit}/${name}`

const CURL: readonly Row[] = curlModes.flatMap((mode): Row[] => {
  const curl = (setup: Setup, ...args: string[]) => setup.run(['-sS', '--cacert', setup.ca, '--ssl-reqd', ...args])
  const row = (title: string, check: Row['check']): Row => ({ title: `${title} (${mode} TLS)`, tool: 'curl', check })
  return [
    row('uploads, downloads and lists', async setup => {
      const url = urlOf(setup, mode)
      await writeFile(path.join(setup.cwd, 'up'), BINARY)
      await expectSuccess(curl(setup, ...LOGIN, '-T', 'up', `${url}/up`))
      expect((await readFile(path.join(setup.served, 'up'))).equals(BINARY)).toBe(true)
      await expectSuccess(curl(setup, '-o', 'down', `${url}/up`))
      expect((await readFile(path.join(setup.cwd, 'down'))).equals(BINARY)).toBe(true)
      expect(await expectSuccess(curl(setup, '-l', `${url}/`))).toMatch(/^up\r?\n$/)
    }),
    row('resumes a download and an upload', async setup => {
      const url = urlOf(setup, mode)
      await writeFile(path.join(setup.served, 'x'), BINARY)
      await writeFile(path.join(setup.cwd, 'x'), BINARY.subarray(0, 1_000_001))
      await expectSuccess(curl(setup, '-C', '-', '-o', 'x', `${url}/x`))
      expect((await readFile(path.join(setup.cwd, 'x'))).equals(BINARY)).toBe(true)
      await writeFile(path.join(setup.served, 'x'), BINARY.subarray(0, 2_000_002))
      await expectSuccess(curl(setup, ...LOGIN, '-C', '-', '-T', 'x', `${url}/x`))
      expect((await readFile(path.join(setup.served, 'x'))).equals(BINARY)).toBe(true)
    }),
    row('downloads several files on one connection', async setup => {
      const names = ['a', 'b', 'c', 'd']
      for (const name of names) await writeFile(path.join(setup.served, name), name)
      const urls = names.map(name => `${urlOf(setup, mode)}/${name}`)
      expect(await expectSuccess(curl(setup, ...urls))).toBe('abcd')
    }),
    row('rejects an unknown authority', async ({ run, ...setup }) => {
      const { code } = await run(['-sS', '--ssl-reqd', `${urlOf({ run, ...setup }, mode)}/`])
      expect(code).toBe(60)
    }),
  ]
})

const lftpOpen = ({ explicit, ca }: Setup) =>
  [
    `set ssl:ca-file ${ca}`,
    'set ftp:ssl-force yes',
    'set ftp:ssl-protect-data yes',
    'set net:max-retries 1',
    'set net:timeout 5',
    'set cmd:fail-exit yes',
    `open -u alice,wonderland ftp://${explicit}`,
  ].join('; ')

async function writeTree(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'sub/deep'), { recursive: true })
  for (let index = 0; index < 20; index++) {
    await writeFile(
      path.join(folder, index % 2 ? 'sub' : 'sub/deep', `file ${index}`),
      BINARY.subarray(0, index * 10_000),
    )
  }
}

async function expectSameTree(folder: string, other: string): Promise<void> {
  const names = async (root: string) => (await readdir(root, { recursive: true })).sort()
  expect(await names(folder)).toEqual(await names(other))
  for (let index = 0; index < 20; index++) {
    const name = path.join(index % 2 ? 'sub' : 'sub/deep', `file ${index}`)
    const [one, two] = await Promise.all([readFile(path.join(folder, name)), readFile(path.join(other, name))])
    expect(one.equals(two), name).toBe(true)
  }
}

const LFTP: readonly Row[] = [
  {
    title: 'mirrors a tree to the client and to the server, four files at once (explicit TLS)',
    tool: 'lftp',
    check: async setup => {
      const { run, cwd, name, served } = setup
      await writeTree(path.join(served, 'tree'))
      await expectSuccess(run(['-c', `${lftpOpen(setup)}; mirror --parallel=4 ${name}/tree down`]))
      await expectSameTree(path.join(cwd, 'down'), path.join(served, 'tree'))
      await expectSuccess(run(['-c', `${lftpOpen(setup)}; mirror -R --parallel=4 down ${name}/up`]))
      await expectSameTree(path.join(served, 'up'), path.join(cwd, 'down'))
    },
  },
  {
    title: 'downloads one file in four parts at once (implicit TLS)',
    tool: 'lftp',
    check: async setup => {
      const { run, cwd, name, served, implicit } = setup
      await writeFile(path.join(served, 'x'), BINARY)
      const open = lftpOpen(setup).replace(/ftp:\/\/\S+/, `ftps://${implicit}`)
      await expectSuccess(run(['-c', `${open}; pget -n 4 ${name}/x`]))
      expect((await readFile(path.join(cwd, 'x'))).equals(BINARY)).toBe(true)
    },
  },
]

/** Verifies the certificate; `port` and the folder are arguments. */
const FTP_TLS = `
import ftplib, io, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[3])
ftp = ftplib.FTP_TLS(context=context)
ftp.connect('127.0.0.1', int(sys.argv[1]), timeout=10)
assert ftp.login('alice', 'wonderland').startswith('230')
ftp.cwd(sys.argv[2])
`

const python = (title: string, script: string): Row => ({
  title,
  tool: 'python3',
  check: async ({ run, explicit, name, ca }) => {
    const args = [explicit.replace(/.*:/, ''), name, ca]
    expect(await expectSuccess(run(['-c', `${FTP_TLS}${script}\nprint(ftp.quit())`, ...args]))).toBe('221 Goodbye\n')
  },
})

const PYTHON: readonly Row[] = [
  python(
    'FTP_TLS: transfers and listings over TLS',
    `
ftp.prot_p()
content = bytes(range(256)) * 4000
assert ftp.storbinary('STOR b.bin', io.BytesIO(content)).startswith('226')
got = []
ftp.retrbinary('RETR b.bin', got.append)
assert b''.join(got) == content
ftp.storlines('STOR text', io.BytesIO(b'one\\ntwo\\n'))
lines = []
ftp.retrlines('RETR text', lines.append)
assert lines == ['one', 'two']
assert sorted(ftp.nlst()) == ['b.bin', 'text']
assert dict(ftp.mlsd(facts=['size']))['b.bin']['size'] == str(len(content))
`,
  ),
  python(
    'FTP_TLS: data connections in clear after PROT C, and in active mode',
    `
ftp.prot_p()
ftp.prot_c()
ftp.storbinary('STOR clear', io.BytesIO(b'clear'))
ftp.prot_p()
ftp.set_pasv(False)
got = []
ftp.retrbinary('RETR clear', got.append)
assert b''.join(got) == b'clear'
`,
  ),
  python(
    'FTP_TLS: CCC is refused, and the session goes on',
    `
try: ftp.ccc(); assert False
except ftplib.error_perm as error: assert str(error).startswith('53'), error
assert ftp.pwd() == '/' + sys.argv[2]
`,
  ),
]

const WGET: readonly Row[] = [
  ...(['explicit', 'implicit'] as const).map(
    (mode): Row => ({
      title: `downloads a directory tree (${mode} TLS)`,
      tool: 'wget',
      check: async ({ run, cwd, ca, name, served, ...setup }) => {
        await writeFile(path.join(served, 'a'), BINARY)
        const flags = mode === 'implicit' ? ['--ftps-implicit'] : []
        const url = `ftps://${setup[mode]}/${name}/`
        await expectSuccess(run(['-q', '-r', '-nH', '--ca-certificate', ca, ...flags, url]))
        expect((await readFile(path.join(cwd, name, 'a'))).equals(BINARY)).toBe(true)
      },
    }),
  ),
]

function portsOf({ endpoints }: Suite<'ftp'>): Record<'explicit' | 'implicit', string> {
  const address = (transport: string) =>
    `127.0.0.1:${endpoints.find(endpoint => endpoint.transport === transport)?.port}`
  return { explicit: address('tcp'), implicit: address('tls') }
}

let tests = 0

async function setUp(used: Suite<'ftp'>, tool: Tool): Promise<Setup> {
  const cwd = await emptyFolder()
  const name = `test-${++tests}`
  const served = path.join(used.dataFolder, 'www', name)
  await mkdir(served)
  return {
    ...portsOf(used),
    ca: used.tls?.caFile ?? '',
    name,
    served,
    cwd,
    run: (args, input = '') => runTool(tool, args, { cwd, input, env: { HOME: cwd, LC_ALL: 'C.UTF-8' } }),
  }
}

describe.for([
  ['curl', CURL],
  ['lftp', LFTP],
  ['Python', PYTHON],
  ['wget', WGET],
] as const)('%s', ([, rows]) => {
  test.for(rows.map(row => [row.title, row] as const))('%s', async ([, { tool, check }], context) => {
    requireTool(tool, context)
    await check(await setUp(suite, tool))
  })
})

describe('with --ftp-require-session-reuse', () => {
  // OpenSSL resumes a session of TLS 1.3 once, and a server of Node sends no new ticket then: curl has one data connection.
  const reusing = [...CURL.filter(({ title }) => !/rejects|several files/.test(title)), ...LFTP]
  test.for(reusing.map(row => [row.title, row] as const))('%s', async ([, { tool, check }], context) => {
    requireTool(tool, context)
    await check(await setUp(strict, tool))
  })

  test('a client that begins a new TLS session for data is refused', async context => {
    requireTool('python3', context)
    const { run, explicit, name, ca } = await setUp(strict, 'python3')
    const script = `${FTP_TLS}
ftp.prot_p()
try: ftp.nlst(); assert False
except (ftplib.Error, OSError) as error: print(ftp.getmultiline() if isinstance(error, OSError) else error)
`
    const stdout = await expectSuccess(run(['-c', script, explicit.replace(/.*:/, ''), name, ca]))
    expect(stdout).toMatch(/^(522|425|426) /)
  })
})
